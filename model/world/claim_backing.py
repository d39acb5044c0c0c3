"""The backing of a claim token: what stands behind it, and what one token is worth by it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from model.claims.base import Claim, Cover
from model.world.accounts import OUTSIDE
from model.world.exit_queue import ExitQueue
from model.world.look_through import look_through_usd
from model.world.redemption import Line
from model.world.target import Target

if TYPE_CHECKING:
    from model.world.world import World


_ROUNDING: Final = 1e-12


class Custodian(Protocol):
    """What holds the backing of a bridged form on another chain: its bridge."""

    def standing(self, chain: str) -> float:
        """Tokens of the home chain that stand behind the form on ``chain``."""

    def open_supply(self, chain: str, amount: float) -> None:
        """Genesis: ``amount`` of the form exists at ``outside``, backed by locked tokens."""


class ClaimBacking(Target):
    """What stands behind a claim token in place: ledger balances of the claim's own account (of a bridged form, of its bridge) less what is
    owed to redemptions on their way.
    """

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
        self.line = Line(world.journal, self.vault, self.tokens, self._exit_queue())
        self.buffer = self.full_buffer = buffer
        self.accrued_at = world.clock.now
        self.governors: tuple[int, ...] = ()
        self.turned = False
        """Whether what happens to it by itself at a moment (a maturity, a default) has happened."""
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
            amounts = tuple([self._behind(place, token) for place, token in enumerate(self.tokens)])
        supply = self.ledger.supply(self.name) + self.line.pending_mints()
        return Cover(amounts, supply, self.world.clock.now, self._prices())

    def backing(self) -> float:
        """Units of (the first) backing that stand behind the tokens in existence."""
        if self._plain:
            return self._behind(0, self.backing_token)
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
            if supply > 0.0:
                return self.backing() / supply
            return 1.0 if self.ledger.scale(self.name) > 0.0 else 0.0
        rates = self.rates()
        if len(rates) == 1:
            return rates[0] * self.mechanism.value(self.world.clock.now)
        values = [look_through_usd(self.world, token) for token in self.tokens]
        return sum(rate * value for rate, value in zip(rates, values, strict=True)) / values[0] if values[0] > 0.0 else 0.0

    def stands_on(self) -> dict[str, float]:
        """Units of each backing token behind one token."""
        return dict(zip(self.tokens, self.rates(), strict=True))

    def others(self) -> dict[str, float]:
        """Units of each backing token that belong to another side than the holders: what is behind their tokens and owed to them only
        later, less its value now (the yield side of principal), and the surplus that leaves next.
        """
        if self.custodian is not None:
            return {}
        cover = self.cover()
        late = cover.supply * (1.0 - self.mechanism.value(cover.now))
        found = {token: rate * late for token, rate in zip(self.tokens, self.mechanism.rate(cover), strict=True)}
        found[self.backing_token] += self.mechanism.surplus(cover)
        return found

    def yield_per_year(self) -> float:
        """Simple yearly yield of a token now; of a claim on another claim with that one's, unless the kind gives it to others."""
        under = self.world.targets.get(self.backing_token)
        return self.mechanism.yield_per_year(self.world.clock.now, under.yield_per_year() if isinstance(under, ClaimBacking) else 0.0)

    def observe(self, pair: str) -> tuple[float, float]:
        """What a token is worth in units of its (first) backing, for feeds; with the name of a token the units of it behind one."""
        return super().observe(pair) if pair else (self.price_of_one(), self.backing())

    def _behind(self, place: int, token: str) -> float:
        """The balance less what is owed; what is left by the rounding of the two alone is nothing."""
        held = self.vault.balance(token, self.account)
        if not self.line.requests:
            return held
        owed = self.line.owed(place)
        return held - owed if held - owed > _ROUNDING * owed else 0.0

    def _admits(self, holder: int) -> bool:
        return holder in (OUTSIDE, self.account) or self.mechanism.may_hold(self.world.accounts.name(holder))

    def _is_claim(self, token: str) -> bool:
        return isinstance(self.world.targets.get(token), ClaimBacking)

    def _prices(self) -> tuple[float, ...]:
        tracked = self.mechanism.tracks
        if tracked is None:
            return ()
        try:
            unit = 1.0 if tracked == "usd" else look_through_usd(self.world, tracked)
            return tuple(look_through_usd(self.world, token) / unit for token in self.tokens)
        except LookupError:
            return ()

    def _exit_queue(self) -> ExitQueue | None:
        """The queue through which the backing leaves as stake; none where it is itself a claim."""
        stake = self.mechanism.stake
        if stake is None or self._is_claim(self.backing_token):
            return None
        queue = self.world.exit_queue(self.home, self.backing_token)
        queue.admit(self, stake)
        return queue

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

    def _rescale(self) -> None:
        """Bring the scale of a rebasing claim to its backing; what rebases on it follows."""
        if self.mechanism.rebasing:
            supply = self.ledger.supply(self.name)
            if supply > 0.0:
                self.ledger.rescale(self.name, self.ledger.scale(self.name) * self.backing() / supply)
            for claim in self.world.all(ClaimBacking):
                if self.name in claim.tokens:
                    claim._rescale()
        self.world.board.changed()

    def _note(self, step: str, amount: float) -> None:
        self.world.events.emit("claims", self.world.clock.now, self.chain, self.name, step, amount, self.price_of_one())
