"""Burn and mint: a token that its issuer burns on one chain and mints on another, at home on both."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from model.bridges.base import Bridge, Message, Transit
from model.core.errors import Refused
from model.core.journal import Register
from model.world.accounts import OUTSIDE
from model.world.audit import Identity
from model.world.target import Call

if TYPE_CHECKING:
    from model.world.world import World


class BurnAndMint(Bridge, kind="burn_and_mint"):
    """A bridge without backing of its own: what is minted was burned. Always: sum of ``minted`` over chains + tokens in flight = ``hole``.

    Source: Circle's cross-chain transfer protocol, OFT tokens. Assumes: the issuer's reserves stand behind all chains alike; an unbacked
    mint is a hole that all holders share, which the model declares and does not allocate.
    """

    failures = frozenset({"halt", "mint_unbacked"})
    mints_at_home = True

    def __init__(self, world: World, name: str, params: Any) -> None:
        super().__init__(world, name, params)
        self.hole = 0.0
        self.minted: Register[str, float] = Register(world.journal)
        """Net tokens that this bridge has minted on each chain, negative where it has burned more."""
        for chain in self.tokens:
            self.minted[chain] = 0.0

    def quote(self, from_chain: str, to_chain: str, amount: float) -> Transit:
        """One for one less the fee."""
        self._checked(from_chain, to_chain, amount)
        fee = self.params.fee_on(amount)
        return Transit(amount - fee, fee, self.seconds(from_chain, to_chain) + self._wait(from_chain, to_chain, amount))

    def mint_unbacked(self, chain: str, amount: float, to: int = OUTSIDE) -> float:
        """The token is minted on ``chain`` with nothing burned for it."""
        if chain not in self.minted:
            raise Refused("no_route", chain)
        self.ledgers[chain].create(self.tokens[chain], to, amount, "bridge")
        self.minted[chain] += amount
        self.hole += amount
        self.world.board.changed()
        self._note(-1, "minted", amount, chain)
        return amount

    def audit(self) -> Iterable[Identity]:
        """What was minted was burned; the ledgers say the same."""
        gross = sum(abs(amount) for amount in self.minted.values()) + self.in_flight() + self.hole
        yield Identity(f"bridge.{self.name} minted", sum(self.minted.values()) + self.in_flight(), self.hole, gross)
        yield from self._ledger_identities()

    def created(self, chain: str) -> float:
        """Net tokens minted on ``chain``."""
        return self.minted[chain]

    def _depart(self, call: Call, to_chain: str, amount: float, transit: Transit) -> float:
        token, ledger = self.tokens[call.chain], self.ledgers[call.chain]
        taken = ledger.move(token, call.sender, self.account, amount)
        taken = self._keep_fee(call.chain, taken)
        ledger.destroy(token, self.account, taken, "bridge")
        self.minted[call.chain] -= taken
        return taken

    def _arrive(self, message: Message) -> float:
        chain = message.to_chain
        self.ledgers[chain].create(self.tokens[chain], message.recipient, message.amount, "bridge")
        self.minted[chain] += message.amount
        return message.amount
