"""Liquidity: a pool of the token on each side; one is paid into, the other pays out, and crossing to the emptier side costs more."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from model.bridges.base import Bridge, Message, Transit
from model.bridges.params import BridgeParams
from model.core.errors import Refused
from model.core.params import Amounts, param
from model.world.accounts import OUTSIDE
from model.world.audit import Identity
from model.world.claim import ClaimToken
from model.world.target import Call

if TYPE_CHECKING:
    from model.world.world import World


class LiquidityParams(BridgeParams):
    """A liquidity bridge."""

    fixed = BridgeParams.fixed | {"reserves"}

    fee: float = param(0.0006, unit="fraction", ge=0, lt=1, description="Fee on what is sent", source="Stargate v1: 6 basis points")
    imbalance_fee: float = param(0.01, unit="fraction", ge=0, lt=1, description="Marginal fee where the paying pool is empty")
    reserves: Amounts = param({}, unit="token by chain", description="Genesis reserves of the pools")


class Liquidity(Bridge, kind="liquidity"):
    """Pools on all chains that swap across them at par less a fee. The marginal fee rises linearly as the paying pool falls below its
    target, an equal part of all reserves; it stays in the pools. What is promised to messages is set aside: they are paid whatever comes
    later. Always: tokens of all pools = ``liquidity`` + tokens in flight.

    Source: Stargate v1 (an equilibrium fee that grows with the shortfall of the paying pool). Assumes: one provider for all pools; no
    reward for crossing back.
    """

    failures = frozenset({"halt", "drain"})
    Params = LiquidityParams
    params: LiquidityParams

    def __init__(self, world: World, name: str, params: Any) -> None:
        super().__init__(world, name, params)
        self.liquidity = 0.0

    def open_reserves(self) -> None:
        """Genesis: the pools are filled, with claims from ``outside``, with native tokens anew."""
        for chain, amount in self.params.reserves.items():
            if chain in self.tokens:
                fill(self, chain, amount)
                self.liquidity += amount

    def reserve(self, chain: str) -> float:
        """Tokens of the pool on ``chain`` that are promised to nobody."""
        return self.ledgers[chain].balance(self.tokens[chain], self.account) - self.in_flight(chain)

    def quote(self, from_chain: str, to_chain: str, amount: float) -> Transit:
        """Par less the fee at today's imbalance.

        Raises:
            Refused: also ``insufficient_liquidity``.
        """
        self._checked(from_chain, to_chain, amount)
        reserve = self.reserve(to_chain)
        if amount > reserve:
            raise Refused("insufficient_liquidity", f"{amount} of {reserve} on {to_chain}")
        fee = min(amount, self.params.fee_on(amount) + self._imbalance(reserve, amount))
        return Transit(amount - fee, fee, self.seconds(from_chain, to_chain) + self._wait(from_chain, to_chain, amount))

    def drain(self, amount: float, to: int = OUTSIDE) -> float:
        """Pools are emptied in proportion to what is promised to nobody; their providers lose it."""
        free = {chain: max(self.reserve(chain), 0.0) for chain in self.tokens}
        total = sum(free.values())
        taken = 0.0
        for chain, most in free.items():
            if total > 0.0:
                taken += self.ledgers[chain].move(self.tokens[chain], self.account, to, most * min(1.0, amount / total))
        self.liquidity -= taken
        self.world.board.changed()
        self._note(-1, "drained", taken, self.chain)
        return taken

    def leave(self, chain: str, amount: float, to: int = OUTSIDE) -> float:
        """Providers take up to ``amount`` out of one pool; returns what went."""
        taken = min(amount, max(self.reserve(chain), 0.0))
        self.ledgers[chain].move(self.tokens[chain], self.account, to, taken)
        self.liquidity -= taken
        return taken

    def audit(self) -> Iterable[Identity]:
        """All pools together hold the providers' liquidity and what is on its way."""
        held = sum(self.ledgers[chain].balance(token, self.account) for chain, token in self.tokens.items())
        yield Identity(f"bridge.{self.name} pools", held, self.liquidity + self.in_flight(), held + self.in_flight())
        yield from self._ledger_identities()

    def _imbalance(self, reserve: float, amount: float) -> float:
        """Integral of the marginal imbalance fee while the paying pool falls from ``reserve`` by ``amount``."""
        target = sum(self.reserve(chain) for chain in self.tokens) / len(self.tokens)
        start, end = min(reserve, target), min(reserve - amount, target)
        if not target > 0.0 or start <= end:
            return 0.0
        return self.params.imbalance_fee * (start - end) * (1.0 - 0.5 * (start + end) / target)

    def _depart(self, call: Call, to_chain: str, amount: float, transit: Transit) -> float:
        taken = self.ledgers[call.chain].move(self.tokens[call.chain], call.sender, self.account, amount)
        owed = min(taken, transit.received)
        self.liquidity += taken - owed
        return owed

    def _payable(self, chain: str) -> float:
        return self.ledgers[chain].balance(self.tokens[chain], self.account)

    def _arrive(self, message: Message) -> float:
        chain = message.to_chain
        paid = min(message.amount, self._payable(chain))
        return self.ledgers[chain].move(self.tokens[chain], self.account, message.recipient, paid)


def fill(bridge: Bridge, chain: str, amount: float) -> None:
    """Genesis: ``amount`` of the token on ``chain`` to the bridge's account, from ``outside`` where it is a claim."""
    token, ledger = bridge.tokens[chain], bridge.ledgers[chain]
    if isinstance(bridge.world.targets.get(token), ClaimToken):
        ledger.move(token, OUTSIDE, bridge.account, amount)
    else:
        ledger.create(token, bridge.account, amount, "genesis")
