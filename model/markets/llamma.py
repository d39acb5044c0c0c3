"""Kind ``llamma``: loans whose collateral is spread over price bands and converted little by little, both ways, by arbitrageurs.

Source: Curve Stablecoin whitepaper (Egorov 2023); crvUSD documentation of Controller and LLAMMA.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from model.core.actions import ALL, Borrow, Repay, Supply, Take, Trigger, Withdraw
from model.core.draws import Floats
from model.core.errors import Refused
from model.markets import llamma_liquidation
from model.markets.base import Offer
from model.markets.bookkeeping import ROUNDING
from model.markets.llamma_bands import Bands
from model.markets.llamma_state import COUNT, DEBT, FIRST, LEAST_BANDS, MOST_BANDS, SHARES, LlammaParams, LlammaState
from model.world.target import Call

if TYPE_CHECKING:
    from model.world.world import World


@dataclass(frozen=True, slots=True)
class InBands:
    """Terms of a borrowing that opens a loan: over how many bands."""

    count: int


class Llamma(LlammaState, kind="llamma"):
    """A soft-liquidating market in place; its bands trade on the venue ``<name>.bands``.

    ``Supply`` places collateral, ``Borrow`` opens a loan with what was placed before or draws more, ``Repay`` of ALL closes it. A loan
    that is being converted (stablecoins in its bands) can only be repaid. ``Take`` liquidates a loan at health below 1; what nobody
    liquidates stays as debt of the account.

    Refuses with ``not_listed``, ``no_position``, ``no_debt``, ``invalid_amount``, ``insufficient_balance``, ``debt_too_high``,
    ``soft_liquidated``, ``bands``, ``ceiling_exceeded``, ``healthy``, ``rebasing_token``.
    """

    Params = LlammaParams
    params: LlammaParams
    lent_in = ("stablecoin",)
    takes_deposits = False
    verbs = frozenset({"supply", "withdraw", "borrow", "repay", "take", "trigger", "govern"})
    governed = ("fee", "loan_discount", "ceiling", "rate")

    def __init__(self, world: World, name: str, chain: str, params: LlammaParams) -> None:
        super().__init__(world, name, chain, params)

    def open_positions(self, accounts: range, supplied: dict[str, Floats], owed: dict[str, Floats]) -> None:
        """Genesis: loans of a population over the market's usual number of bands (tokens).

        Raises:
            ValueError: a loan that could not be made at today's price.
        """
        rows = self.book.rows(accounts)
        for row, collateral, debt in zip(rows, supplied[self.token].tolist(), owed[self.stablecoin].tolist(), strict=True):
            if debt > 0.0:
                self._owe(row, debt)
                try:
                    self._enter(row, collateral, self.params.bands)
                except Refused as refused:
                    name = self.world.accounts.name(self.book.owners[row])
                    raise ValueError(f"{self.name}: loan of {name}: {refused}") from None
            elif collateral > 0.0:
                self.waiting[self.book.owners[row]] = collateral

    def open_cash(self) -> None:
        """Genesis: the collateral in the bands and that which waits; the stablecoins owed stand outside."""
        inside = sum(self.venue.state.y.values()) - self.ledger.balance(self.token, self.venue.account)
        self.open_collateral(self.token, inside + sum(self.waiting.values()))
        if inside > 0.0:
            self.ledger.move(self.token, self.account, self.venue.account, inside)
        self.open_debt(self.unpaid() - self.minted)

    def supply(self, call: Call, action: Supply) -> float:
        """Place collateral: with one's loan, or for one to be made."""
        if action.token != self.token:
            raise Refused("not_listed", f"{action.token} on {self.name}")
        if self.ledger.scale(self.token) != 1.0:
            raise Refused("rebasing_token", self.token)
        self.accrue()
        amount = self.pull(self.token, call.sender, self.given(call, self.token, action.amount))
        row = self.book.find(call.sender)
        if row is None or self.owed(row) <= 0.0:
            self.waiting[call.sender] = self.waiting.get(call.sender, 0.0) + amount
        else:
            self._move(row, amount)
        self.note(call, "supply", self.token, amount)
        return amount

    def withdraw(self, call: Call, action: Withdraw) -> float:
        """Take collateral out of one's loan, or what waits for one."""
        if action.token != self.token:
            raise Refused("not_listed", f"{action.token} on {self.name}")
        self.accrue()
        row = self.book.find(call.sender)
        if row is None or self.owed(row) <= 0.0:
            held = self.waiting.get(call.sender, 0.0)
            amount = self.part_of(held, action.amount)
            self.waiting[call.sender] = held - amount
            if amount == held:
                del self.waiting[call.sender]
        else:
            amount = self.part_of(self.holdings(row)[1], action.amount)
            self._move(row, -amount)
        self.pay(self.token, call.sender, amount)
        self.note(call, "withdraw", self.token, amount)
        return amount

    def borrow(self, call: Call, action: Borrow) -> float:
        """Draw stablecoins; opens the loan where there is none."""
        if action.token != self.stablecoin:
            raise Refused("not_listed", f"{action.token} on {self.name}")
        self.accrue()
        amount, row = self.asked(action.amount), self.book.row(call.sender)
        fresh = self.owed(row) <= 0.0
        terms = action.terms
        count = terms.count if isinstance(terms, InBands) else self.params.bands
        if not LEAST_BANDS <= count <= MOST_BANDS:
            raise Refused("bands", f"{count}: {LEAST_BANDS} to {MOST_BANDS}")
        if fresh:
            collateral = self.waiting.get(call.sender, 0.0)
            if not collateral > 0.0:
                raise Refused("debt_too_high", "no collateral")
            del self.waiting[call.sender]
            self._owe(row, amount)
            self._fill(row, collateral, count)
        else:
            collateral, count = self._pull_out(row)
            self._owe(row, amount)
            self._enter(row, collateral, count)
        if self.unpaid() > self.params.ceiling * (1.0 + ROUNDING):
            raise Refused("ceiling_exceeded", f"{self.unpaid()}")
        self.mint(call.sender, amount)
        self.note(call, "borrow", self.stablecoin, amount)
        return amount

    def repay(self, call: Call, action: Repay) -> float:
        """Repay a loan, one's own or another's; the whole debt closes it, and what stands in its bands goes to its owner."""
        if action.token != self.stablecoin:
            raise Refused("not_listed", f"{action.token} on {self.name}")
        self.accrue()
        row = self.row_of(call.sender if action.borrower is None else action.borrower)
        owed = self.owed(row)
        if owed <= 0.0:
            raise Refused("no_debt", self.name)
        if not action.amount > 0.0:
            raise Refused("invalid_amount", f"{action.amount}")
        amount = self.burn(call.sender, min(self.affordable(call.sender, action.amount), owed))
        if amount >= owed * (1.0 - ROUNDING):
            x, y = self.leave(row, 1.0)
            self.relieve(row, ALL)
            for token, part in ((self.stablecoin, x), (self.token, y)):
                if part > 0.0:
                    self.ledger.move(token, self.venue.account, self.book.owners[row], part)
        elif self.holdings(row)[0] > 0.0:
            self.relieve(row, amount)
        else:
            collateral, count = self._pull_out(row)
            self.relieve(row, amount)
            self._enter(row, collateral, count)
        self.note(call, "repay", self.stablecoin, amount)
        return amount

    def take(self, call: Call, action: Take) -> float:
        """Liquidate a loan; returns the collateral received."""
        return llamma_liquidation.liquidate(self, call, action.item, action.amount)

    def trigger(self, call: Call, action: Trigger) -> float:
        """Liquidate a loan whose bands hold more stablecoins than it owes; returns the collateral received."""
        return llamma_liquidation.liquidate(self, call, action.item, 0.0)

    def offers(self, row: int) -> list[Offer]:
        """The hard liquidation of a loan whose health is gone."""
        return llamma_liquidation.offers_of(self, row)

    def adopt(self, params: LlammaParams) -> None:
        """Accrue at the old rate, then put new parameters in place; another rate model begins afresh. ``amplification`` and the oracle are
        immutables of the contract; a loan keeps the liquidation discount that it was made with, and here all were made with one.

        Source: Controller set_amm_fee, set_monetary_policy, set_borrowing_discounts; ControllerFactory set_debt_ceiling.
        """
        self.accrue()
        self.interest = params.rate.make()
        if params.rate.kind != self.params.rate.kind:
            self.rate_state = self.interest.start()
        self.venue.mechanism = Bands(params.amplification, params.fee)
        self.bands, self.params = self.venue.mechanism, params

    def accrue(self) -> None:
        """Bring the index to block time; the interest is minted to the treasury."""
        now = self.world.clock.now
        if now <= self.updated:
            return
        index = self.index_at(now)
        _, self.rate_state = self.interest.advance(self.rate_state, self.utilisation(), now - self.updated)
        self.mint(self.treasury, self.scaled * (index - self.index))
        self.index, self.updated = index, now

    def leave(self, row: int, share: float) -> tuple[float, float]:
        """Take a part of a loan out of its bands; returns stablecoins and collateral, which the venue still holds."""
        parts = {band: part * share for band, part in self.parts(row).items()}
        for place, band in enumerate(self.span(row)):
            held = self.book.get(SHARES + place, row)
            left = 0.0 if share >= 1.0 else held * (1.0 - share)
            self.book.put(SHARES + place, row, left)
            rest = self.shares[band] - (held - left)
            if rest <= 1e-12 * held:
                parts[band] = 1.0
                del self.shares[band]
            else:
                self.shares[band] = rest
        drawn = self.venue.draw(parts)
        if share >= 1.0:
            self.book.put(COUNT, row, 0.0)
        return drawn

    def relieve(self, row: int, amount: float) -> None:
        """Take debt off a loan (ALL leaves an exact zero)."""
        scaled = self.take_from(DEBT, row, amount / self.index if amount < ALL else self.book.get(DEBT, row))
        self.scaled = max(self.scaled - scaled, 0.0)

    def _owe(self, row: int, amount: float) -> None:
        scaled = amount / self.index
        self.book.add(DEBT, row, scaled)
        self.scaled += scaled

    def _pull_out(self, row: int) -> tuple[float, int]:
        if self.holdings(row)[0] > 0.0:
            raise Refused("soft_liquidated", "the loan is being converted")
        count = int(self.book.get(COUNT, row))
        return self.leave(row, 1.0)[1], count

    def _move(self, row: int, change: float) -> None:
        """Change a loan's collateral; its bands follow."""
        collateral, count = self._pull_out(row)
        if change > 0.0:
            self.ledger.move(self.token, self.account, self.venue.account, change)
        self._enter(row, collateral + change, count)
        if change < 0.0:
            self.ledger.move(self.token, self.venue.account, self.account, -change)

    def _fill(self, row: int, collateral: float, count: int) -> None:
        self.ledger.move(self.token, self.account, self.venue.account, collateral)
        self._enter(row, collateral, count)

    def _enter(self, row: int, collateral: float, count: int) -> None:
        """Spread collateral over the bands that a loan's debt leads to; the tokens are at the venue already."""
        if not collateral > 0.0:
            raise Refused("debt_too_high", "no collateral")
        if self.base == 0.0:
            self.base = self.oracle() / self.index
        first = self.first_band(collateral, self.owed(row), count)
        state = self.venue.state
        if self.bands.up(self.base_price(), first) >= self.oracle() or first <= max(state.x, default=first - 1):
            raise Refused("debt_too_high", f"bands from {first}")
        before = {band: state.y.get(band, 0.0) for band in range(first, first + count)}
        self.venue.place_in(first, count, collateral)
        each = collateral / count
        for place, (band, held) in enumerate(before.items()):
            issued = self.shares.get(band, 0.0)
            shares = each * issued / held if issued > 0.0 and held > 0.0 else each
            self.shares[band] = issued + shares
            self.book.put(SHARES + place, row, shares)
        self.book.put(FIRST, row, float(first))
        self.book.put(COUNT, row, float(count))
