"""The state of a claim token: what stands behind it, what it is worth, and what it owes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from model.claims.base import Claim, Cover, Issue
from model.core.errors import Refused
from model.world.accounts import OUTSIDE
from model.world.look_through import look_through_usd
from model.world.redemption import Line, Request
from model.world.target import Call, Target

if TYPE_CHECKING:
    from model.world.world import World


class Custodian(Protocol):
    """What holds the backing of a bridged form on another chain: its bridge."""

    def standing(self, chain: str) -> float:
        """Tokens of the home chain that stand behind the form on ``chain``."""

    def open_supply(self, chain: str, amount: float) -> None:
        """Genesis: ``amount`` of the form exists at ``outside``, backed by locked tokens."""


class ClaimState(Target):
    """What a claim token in place is; its verbs are those of ``ClaimToken``."""

    def __init__(self, world: World, token: str, chain: str, mechanism: Claim, home: str | None = None, buffer: float = 0.0) -> None:
        super().__init__(world, token, chain, world.accounts.open(f"claim {token}"))
        self.mechanism = mechanism
        self.home = home or chain
        self.ledger = world.open_ledger(chain)
        self.vault = world.open_ledger(self.home)
        self.tokens = mechanism.backing
        self.backing_token = self.tokens[0]
        self.ledger.register(token)
        for backing in self.tokens:
            self.vault.register(backing)
        if type(mechanism).may_hold is not Claim.may_hold:
            self.ledger.admit(token, self._admits)
        self.line = Line(world.journal, mechanism, world.clock.now)
        self.buffer = self.full_buffer = buffer
        self.accrued_at = world.clock.now
        self.turned = False
        """Whether what happens to it by itself at a moment (a maturity, a default) has happened."""
        self.governors: tuple[int, ...] = ()
        self.whole = 1.0
        """Product over all losses so far of 1 - loss, each a share of the value per token (per share of a rebasing one)."""
        self.custodian: Custodian | None = None
        """Bridge that holds the backing, of a bridged form."""
        self._plain = self.home == chain and len(self.tokens) == 1 and type(mechanism).rate is Claim.rate

    @property
    def chains(self) -> tuple[str, ...]:
        """The claim's chain and that of its backing."""
        return (self.chain,) if self.home == self.chain or self.custodian is not None else (self.chain, self.home)

    def open_backing(self, supply: float, rate: float | None = None) -> None:
        """Genesis: ``supply`` tokens exist outside the model's agents, at ``outside``, backed at ``rate`` units of each backing token (by
        default what the kind says of a token never minted); agents' genesis holdings are taken from there by :meth:`Ledger.move`.
        """
        if self.custodian is not None:
            self.custodian.open_supply(self.chain, supply)
            return
        rates = self.mechanism.opening(self.cover()) if rate is None else tuple(rate for _ in self.tokens)
        self.ledger.create(self.name, OUTSIDE, supply, "genesis")
        for token, units in zip(self.tokens, rates, strict=True):
            if self._is_claim(token):
                self.vault.move(token, OUTSIDE, self.account, supply * units)
            else:
                self.vault.create(token, self.account, supply * units, "genesis")

    @property
    def issues(self) -> bool:
        """The claim itself."""
        return True

    def grant(self, holders: NDArray[np.int64], amounts: NDArray[np.float64]) -> None:
        """Genesis: tokens from outside, backed as the others there."""
        self.ledger.move_many(self.name, OUTSIDE, holders, amounts)

    def cover(self) -> Cover:
        """What stands behind the tokens in existence now, as the mechanism is told."""
        if self.custodian is not None:
            amounts: tuple[float, ...] = (self.custodian.standing(self.chain),)
        else:
            held = [self.vault.balance(token, self.account) for token in self.tokens]
            amounts = tuple([balance - self.line.owed(place) for place, balance in enumerate(held)])
        supply = self.ledger.supply(self.name) + self.line.pending_mints()
        return Cover(amounts, supply, self.world.clock.now, self._prices())

    def backing(self) -> float:
        """Units of (the first) backing that stand behind the tokens in existence."""
        if self._plain:
            return self.vault.balance(self.backing_token, self.account) - self.line.owed(0)
        return self.cover().amounts[0]

    @property
    def impaired(self) -> float:
        """Share of the value of a token that losses have taken so far (0 to 1); what was made good later does not count back."""
        return 1.0 - self.whole

    @property
    def queued(self) -> float:
        """Units of (the first) backing owed to those who wait."""
        return self.line.owed(0)

    def rates(self) -> tuple[float, ...]:
        """Exchange rates: units of each backing token per token."""
        return self.mechanism.rate(self.cover())

    def price_of_one(self) -> float:
        """What a token is worth in units of the first backing token: its exchange rate, less a discount where it is owed later; of a claim
        on several, the others at their look-through value. 0 where the first is worth nothing: no number of them is worth the claim.

        Raises:
            LookupError: several backing tokens without true prices.
        """
        if self._plain:
            supply = self.ledger.supply(self.name)
            return self.backing() / supply if supply > 0.0 else 1.0
        rates = self.rates()
        if len(rates) == 1:
            return rates[0] * self.mechanism.value(self.world.clock.now)
        values = [look_through_usd(self.world, token) for token in self.tokens]
        return sum(rate * value for rate, value in zip(rates, values, strict=True)) / values[0] if values[0] > 0.0 else 0.0

    def stands_on(self) -> dict[str, float]:
        """Units of each backing token behind one token."""
        return dict(zip(self.tokens, self.rates(), strict=True))

    def yield_per_year(self) -> float:
        """Simple yearly yield of a token now; of a claim on another claim with that one's, unless the kind gives it to others."""
        under = self.world.targets.get(self.backing_token)
        return self.mechanism.yield_per_year(self.world.clock.now, under.yield_per_year() if isinstance(under, ClaimState) else 0.0)

    def wait(self, amount: float) -> float | None:
        """Seconds that a redemption of ``amount`` tokens would take now; None where the way out is closed."""
        cover = self.cover()
        try:
            paid = self.mechanism.redeem(cover, amount)[0]
            parts = self.mechanism.deals(paid, cover.now, self.line.dealt)
        except Refused:
            return None
        if parts:
            return parts[-1].due - cover.now
        return self.mechanism.wait(self.line.ahead(self.mechanism, cover.now), paid, cover.now, self._liquid())

    def minted(self, amount: float) -> float:
        """Tokens that ``amount`` of the (first) backing would mint now; 0 where the way in is closed."""
        cover = self.cover()
        if self.custodian is not None or not amount > 0.0 or not self.mechanism.mintable(cover.now):
            return 0.0
        try:
            return self._issue(cover, amount).minted
        except Refused:
            return 0.0

    def observe(self, pair: str) -> tuple[float, float]:
        """What a token is worth in units of its (first) backing, for feeds; with the name of a token the units of it behind one."""
        return super().observe(pair) if pair else (self.price_of_one(), self.backing())

    def _issue(self, cover: Cover, amount: float) -> Issue:
        rates = self.mechanism.rate(cover)
        others = [amount * rate / rates[0] if rates[0] > 0.0 else amount for rate in rates[1:]]
        return self.mechanism.mint(cover, (amount, *others))

    def _admits(self, holder: int) -> bool:
        return holder in (OUTSIDE, self.account) or self.mechanism.may_hold(self.world.accounts.name(holder))

    def _is_claim(self, token: str) -> bool:
        return isinstance(self.world.targets.get(token), ClaimState)

    def _liquid(self) -> float | None:
        return self.buffer if self.full_buffer > 0.0 else None

    def _prices(self) -> tuple[float, ...]:
        tracked = self.mechanism.tracks
        if tracked is None:
            return ()
        try:
            unit = 1.0 if tracked == "usd" else look_through_usd(self.world, tracked)
            return tuple(look_through_usd(self.world, token) / unit for token in self.tokens)
        except LookupError:
            return ()

    def _change(self, token: str, amount: float) -> None:
        """The world outside adds to the backing, or takes from it."""
        if amount == 0.0:
            return
        if self._is_claim(token):
            giver, taker = (OUTSIDE, self.account) if amount > 0.0 else (self.account, OUTSIDE)
            self.vault.move(token, giver, taker, abs(amount))
        elif amount > 0.0:
            self.vault.create(token, self.account, amount, "outside")
        else:
            self.vault.destroy(token, self.account, -amount, "burn")

    def _pay_out_surplus(self) -> None:
        """What belongs to another side than the holders goes to it, outside the model."""
        surplus = self.mechanism.surplus(self.cover())
        if surplus > 1e-12 * self.backing():
            self.vault.move(self.backing_token, self.account, OUTSIDE, surplus)
            self._note("pay_out", surplus)

    def _enter(self, call: Call, amounts: tuple[float, ...], minted: float, wait: float) -> None:
        number, due = self.world.number("redemptions"), call.now + wait
        self.line.join(self.mechanism, number, Request(call.sender, amounts, minted, due), call.now)
        if self.line.drains and not self._is_claim(self.backing_token):
            for claim in self.world.all(ClaimState):
                if claim is not self and (claim.home, claim.backing_token) == (self.home, self.backing_token):
                    claim.line.lengthen(claim.mechanism, amounts[0], call.now)
        self._note_request(number, call.sender, "requested", amounts[0] or minted, due)

    def _settle(self, number: int, now: float) -> float:
        request = self.line.requests[number]
        del self.line.requests[number]
        if request.minted > 0.0:
            self.ledger.create(self.name, request.account, request.minted, "claim")
        else:
            self._pay(request.account, request.amounts)
        self._note_request(number, request.account, "settled", request.amounts[0] or request.minted, request.due)
        return request.amounts[0] or request.minted

    def _pay(self, account: int, amounts: tuple[float, ...]) -> None:
        for token, amount in zip(self.tokens, amounts, strict=True):
            self.vault.move(token, self.account, account, amount)

    def _rescale(self) -> None:
        """Bring the scale of a rebasing claim to its backing; what rebases on it follows."""
        if self.mechanism.rebasing:
            supply = self.ledger.supply(self.name)
            if supply > 0.0:
                self.ledger.rescale(self.name, self.ledger.scale(self.name) * self.backing() / supply)
            for claim in self.world.all(ClaimState):
                if self.name in claim.tokens:
                    claim._rescale()
        self.world.board.changed()

    def _note(self, step: str, amount: float) -> None:
        self.world.events.emit("claims", self.world.clock.now, self.chain, self.name, step, amount, self.price_of_one())

    def _note_request(self, number: int, account: int, step: str, amount: float, due: float) -> None:
        name, now = self.world.accounts.name(account), self.world.clock.now
        self.world.events.emit("redemptions", now, self.chain, number, self.name, name, step, amount, due)
