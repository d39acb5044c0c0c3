"""Lock and mint: tokens are locked at home, and a wrapped form is minted one for one on the other chain."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from model.bridges.base import Bridge, Message, Transit
from model.bridges.haircuts import Haircuts, haircuts
from model.core.errors import Refused
from model.core.journal import Register
from model.world.accounts import OUTSIDE
from model.world.audit import Identity
from model.world.claim import ClaimToken
from model.world.claim_life import losses
from model.world.target import Call

if TYPE_CHECKING:
    from model.world.world import World


class LockAndMint(Bridge, kind="lock_and_mint"):
    """A bridge that locks at home and mints elsewhere; between two other chains it burns and mints against the same locked backing.

    Always: supply of all forms + tokens in flight = ``locked`` + ``hole``. ``hole`` is what failures took or minted and nobody has borne
    yet. Until its loss is allocated the bridge pays one for one, first come first served, and who comes too late is owed the rest. Once
    allocated by ``bridged``, ``chain`` or ``insured`` the forms are shares in what is left: crossings go at the ratio of coverages, so
    that nobody gains by them. ``spread`` mints the hole at home: the token's own rate falls for every holder, and the forms are whole.

    Source: OFT adapters and lock-box bridges; allocations published after the Kelp rsETH bridge failure of April 2026.
    Assumes: the token at home does not rebase (bridge its wrapper); fees stay with the bridge's treasury on the chain of departure.
    """

    failures = frozenset({"halt", "drain", "mint_unbacked", "allocate_loss"})

    def __init__(self, world: World, name: str, params: Any) -> None:
        super().__init__(world, name, params)
        self.locked = 0.0
        self.hole = 0.0
        self.covered = 0.0
        self.rule: str | None = None
        """Rule under which the hole has been allocated, None before."""
        self.allocates_at = math.inf
        self.minted: Register[str, float] = Register(world.journal)
        self.native: Register[str, float] = Register(world.journal)
        """Tokens of other chains that are their own at genesis (a gas token), backed by what is locked here."""
        for chain in params.forms:
            self.minted[chain] = 0.0
            claim = self._claim(chain)
            if claim is not None:
                claim.custodian = self

    def open_supply(self, chain: str, amount: float) -> None:
        """Genesis: ``amount`` of the form on ``chain`` exists at ``outside``, backed by locked tokens."""
        self._lock_genesis(chain, amount)
        self.ledgers[chain].create(self.tokens[chain], OUTSIDE, amount, "bridge")

    def open_native(self) -> None:
        """Genesis, after everybody has been endowed: forms that are no claims but tokens of their chain (a gas token) get their backing."""
        for chain in self.params.forms:
            same = [one for one in self.world.all(LockAndMint) if one.tokens.get(chain) == self.tokens[chain]]
            unbacked = self.ledgers[chain].sources(self.tokens[chain])["genesis"] - sum(one.native.get(chain, 0.0) for one in same)
            if unbacked > 0.0:
                self._lock_genesis(chain, unbacked)
                self.native[chain] = self.native.get(chain, 0.0) + unbacked

    def quote(self, from_chain: str, to_chain: str, amount: float) -> Transit:
        """One for one less the fee; at the ratio of coverages once a loss has been allocated. Homewards it takes forever (infinite seconds)
        where less is locked than would be due, with those who come before: the rest would be owed.
        """
        self._checked(from_chain, to_chain, amount)
        fee = self.params.fee_on(amount)
        received = (amount - fee) * self._ratio(from_chain, to_chain)
        seconds = self.seconds(from_chain, to_chain) + self._wait(from_chain, to_chain, amount)
        if to_chain == self.chain and self.hole > 0.0 and received > (self.locked - self.in_flight(to_chain)) * (1.0 + 1e-9):
            seconds = math.inf
        return Transit(received, fee, seconds)

    def standing(self, chain: str) -> float:
        """Backing (tokens of the home chain) that stands behind the form on ``chain``, by the loss rule, whether applied yet or not."""
        return self.minted[chain] * (1.0 - self.haircuts().forms[chain])

    def haircuts(self, rule: str | None = None) -> Haircuts:
        """What each holder loses when the hole is borne by ``rule`` (the one applied, or the parameter ``loss``, by default). A native
        token cannot be diluted: what was to be spread its forms bear alone.
        """
        ways = {chain: amount + self.in_flight(chain) for chain, amount in self.minted.items()}
        free = self.ledgers[self.chain].supply(self.params.token) - self.locked
        params = self.params
        borne = rule or self.rule or params.loss
        if borne == "spread" and not isinstance(self.world.targets.get(params.token), ClaimToken):
            borne = "bridged"
        return haircuts(borne, self.hole, free, ways, max(params.cover - self.covered, 0.0), params.loss_chain)

    def drain(self, amount: float, to: int = OUTSIDE) -> float:
        """Locked tokens go to ``to`` on the home chain, with nothing burned for them."""
        taken = min(amount, self.locked)
        with losses(self.world):
            self.ledgers[self.chain].move(self.params.token, self.account, to, taken)
            self.locked -= taken
            self._break("drained", taken, self.chain)
        return taken

    def mint_unbacked(self, chain: str, amount: float, to: int = OUTSIDE) -> float:
        """The form is minted on ``chain`` with nothing locked for it."""
        if chain not in self.minted:
            raise Refused("no_route", chain)
        with losses(self.world):
            self.ledgers[chain].create(self.tokens[chain], to, amount, "bridge")
            self.minted[chain] += amount
            self._break("minted", amount, chain)
        return amount

    def allocate_loss(self, rule: str | None = None) -> float:
        """Let the hole be borne; returns what is left open (``bridged`` and ``chain`` leave it to be realised at each crossing). A native
        token cannot be diluted: its forms alone bear a loss that was to be spread.
        """
        rule = rule or self.params.loss
        before = self.hole
        self.allocates_at = math.inf
        with losses(self.world):
            self._allocate(rule, before)
        self._note(-1, "allocated", before - self.hole, self.chain)
        return self.hole

    def next_due(self) -> float:
        """Time of the next arrival, or of the allocation of a loss."""
        return min(super().next_due(), self.allocates_at)

    def settle(self, now: float) -> None:
        """Arrivals, then the allocation of a loss that is due."""
        super().settle(now)
        if self.allocates_at <= now:
            self.allocate_loss()

    def audit(self) -> Iterable[Identity]:
        """Supply of the forms and tokens in flight equal locked backing and hole; the ledgers say the same."""
        flying = self.in_flight()
        supply = sum(self.minted.values()) + flying
        gross = supply + self.locked + self.hole
        yield Identity(f"bridge.{self.name} backing", supply, self.locked + self.hole, gross)
        held = self.ledgers[self.chain].balance(self.params.token, self.account)
        yield Identity(f"bridge.{self.name} locked", held, self.locked, gross)
        yield from self._ledger_identities()
        yield from self._supply_identities()

    def created(self, chain: str) -> float:
        """Forms minted on ``chain``, without those that were its own tokens at genesis."""
        return self.minted.get(chain, 0.0) - self.native.get(chain, 0.0)

    def _depart(self, call: Call, to_chain: str, amount: float, transit: Transit) -> float:
        chain, token, ledger = call.chain, self.tokens[call.chain], self.ledgers[call.chain]
        ratio = self._ratio(chain, to_chain)
        taken = ledger.move(token, call.sender, self.account, amount)
        taken = self._keep_fee(chain, taken)
        if chain == self.chain:
            self.locked += taken
        else:
            ledger.destroy(token, self.account, taken, "bridge")
            self.minted[chain] -= taken
        self.hole += taken * ratio - taken
        return taken * ratio

    def _payable(self, chain: str) -> float:
        return self.locked if chain == self.chain else math.inf

    def _arrive(self, message: Message) -> float:
        chain, ledger = message.to_chain, self.ledgers[message.to_chain]
        if chain != self.chain:
            ledger.create(self.tokens[chain], message.recipient, message.amount, "bridge")
            self.minted[chain] += message.amount
            return message.amount
        paid = min(message.amount, self.locked)
        if paid > 0.0:
            ledger.move(self.tokens[chain], self.account, message.recipient, paid)
            self.locked -= paid
        return paid

    def _ratio(self, from_chain: str, to_chain: str) -> float:
        """Tokens due there for one here, by what stands behind each."""
        if self.rule is None or not self.hole > 0.0:
            return 1.0
        lost = self.haircuts()
        here, there = (1.0 - lost.forms.get(chain, lost.home) for chain in (from_chain, to_chain))
        if not there > 0.0:
            raise Refused("no_backing", self.tokens[to_chain])
        return here / there

    def _break(self, step: str, amount: float, chain: str) -> None:
        self.hole += amount
        if self.params.allocation_delay is not None:
            self.allocates_at = min(self.allocates_at, self.world.clock.now + self.params.allocation_delay)
        self._note(-1, step, amount, chain)

    def _allocate(self, rule: str, hole: float) -> None:
        token, ledger = self.params.token, self.ledgers[self.chain]
        claim = self.world.targets.get(token)
        if rule == "spread" and hole > 0.0 and isinstance(claim, ClaimToken):
            claim.dilute(hole, self.account)
            self._refill(hole)
        elif rule == "insured" and hole > 0.0:
            paid = min(max(self.params.cover - self.covered, 0.0), hole)
            ledger.move(token, OUTSIDE, self.account, paid)
            self.covered += paid
            self._refill(paid)
        left = "bridged" if rule == "spread" else rule
        self.rule = left if self.hole > 0.0 else None

    def _refill(self, amount: float) -> None:
        self.locked += amount
        self.hole = max(0.0, self.hole - amount)

    def _supply_identities(self) -> Iterator[Identity]:
        """All there is of a form, whatever its source, was minted by the bridges that lock for it; one identity for all of them. Only what
        claims on its own chain earn or lose in it comes from outside.
        """
        for chain, token in self.params.forms.items():
            same = [one for one in self.world.all(LockAndMint) if one.params.forms.get(chain) == token]
            if same[0] is self:
                ledger = self.ledgers[chain]
                above = any(token in one.tokens and one.home == chain for one in self.world.all(ClaimToken))
                grown = sum(ledger.sources(token)[source] for source in ("outside", "burn")) if above else 0.0
                supply, minted = ledger.supply(token) - grown, sum(one.minted[chain] for one in same)
                yield Identity(f"bridge.{self.name} supply of {token} on {chain}", supply, minted, abs(supply) + abs(minted))

    def _lock_genesis(self, chain: str, amount: float) -> None:
        token, ledger = self.params.token, self.ledgers[self.chain]
        if isinstance(self.world.targets.get(token), ClaimToken):
            ledger.move(token, OUTSIDE, self.account, amount)
        else:
            ledger.create(token, self.account, amount, "genesis")
        self.locked += amount
        self.minted[chain] += amount

    def _claim(self, chain: str) -> ClaimToken | None:
        found = self.world.targets.get(self.tokens[chain])
        return found if isinstance(found, ClaimToken) and found.chain == chain else None
