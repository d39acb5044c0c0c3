"""State of a market of troves and what can be read from it: collateral ratios, recovery mode, health, totals, identities.

Source: Liquity v1 TroveManager, LiquityBase, commit 14de1c1.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np
from pydantic import model_validator

from model.core.choice import chosen
from model.core.draws import Floats
from model.core.journal import Register
from model.core.params import Params, param
from model.core.units import DAY, HOUR, MINUTE
from model.losses.base import LossRule
from model.markets.base import Rows
from model.markets.bookkeeping import ratio
from model.markets.liquity_pool import PoolOfDeposits
from model.markets.minting import MintingMarket
from model.world.audit import Identity
from model.world.book import Book

if TYPE_CHECKING:
    from model.world.world import World

COLLATERAL, DEBT, STAKE, SEEN_COLLATERAL, SEEN_DEBT, STATUS = range(6)
NONE, ACTIVE, CLOSED_BY_OWNER, CLOSED_BY_LIQUIDATION, CLOSED_BY_REDEMPTION = range(5)
DUST: Final = 1e-12
RULES: Final = ("stability_pool", "redistribution")


class LiquityParams(Params):
    """A market of troves (defaults: the constants of Liquity v1)."""

    stablecoin: str = param("lusd", unit="token", description="Token that it mints")
    collateral: str = param("eth", unit="token", description="Collateral token")
    feed: str | None = param(None, unit="feed", description="Feed of its price in the stablecoin's numeraire; none for 1")
    numeraire: str = param("usd", unit="token or usd", description="Unit in which the feed states prices; the stablecoin counts as 1")
    least_ratio: float = param(1.1, unit="1", gt=1, description="Collateral ratio below which a trove is liquidated", source="MCR")
    critical_ratio: float = param(1.5, unit="1", gt=1, description="System's ratio below which recovery mode begins", source="CCR")
    gas_compensation: float = param(
        200.0, unit="debt token", ge=0, description="Set aside for whoever liquidates", source="LUSD_GAS_COMPENSATION"
    )
    collateral_compensation: float = param(
        0.005, unit="fraction", ge=0, lt=1, description="Share of the collateral for whoever liquidates", source="1/PERCENT_DIVISOR"
    )
    least_debt: float = param(
        1_800.0, unit="debt token", ge=0, description="Least debt of a trove, before compensation", source="MIN_NET_DEBT"
    )
    fee_floor: float = param(
        0.005, unit="fraction", ge=0, le=1, description="Least fee", source="BORROWING_FEE_FLOOR, REDEMPTION_FEE_FLOOR"
    )
    most_borrowing_fee: float = param(0.05, unit="fraction", ge=0, le=1, description="Highest borrowing fee", source="MAX_BORROWING_FEE")
    half_life: float = param(12 * HOUR, unit="seconds", gt=0, description="Half-life of the base rate", source="MINUTE_DECAY_FACTOR")
    beta: float = param(2.0, unit="1", gt=0, description="Redeemed share of the debt over the rise of the base rate", source="BETA")
    bootstrap: float = param(
        0.0, unit="seconds", ge=0, le=365 * DAY, description="Time from the start without redemptions", source="BOOTSTRAP_PERIOD: 14 days"
    )
    loss: chosen(LossRule) = param(  # type: ignore[valid-type]
        {"kind": "stability_pool"}, unit="kind", description="Who takes liquidated debt over: " + " or ".join(RULES)
    )

    @model_validator(mode="after")
    def _can_be(self) -> Self:
        if self.critical_ratio < self.least_ratio:
            raise ValueError(f"critical_ratio: {self.least_ratio} or more (the least ratio), not {self.critical_ratio}")
        if self.loss.kind not in RULES:
            raise ValueError(f"loss: {' or '.join(RULES)} (not {self.loss.kind})")
        return self


class LiquityState(MintingMarket):
    """Troves as rows. Liquidated debt and collateral that the pool does not take are redistributed per unit of stake
    (``reward_collateral``, ``reward_debt``: L_ETH, L_LUSDDebt); a trove's part is pending until it is touched.

    ``collateral`` and ``debt`` are those of the whole system, ``pending_collateral`` and ``pending_debt`` the parts not yet written to
    troves. ``waiting`` is collateral placed before the trove is opened, ``surplus`` what liquidations and redemptions left to owners.
    """

    margin = 1e-6
    """Redistribution sums are differences of large numbers."""

    def __init__(self, world: World, name: str, chain: str, params: Any) -> None:
        super().__init__(world, name, chain, params, params.numeraire)
        self.token: str = params.collateral
        self.ledger.register(self.token)
        self.book = Book(world.journal, 6)
        self.pool = PoolOfDeposits(world.journal)
        self.pool_account = world.accounts.open(f"stability pool {name}")
        self.gas_pool = world.accounts.open(f"gas pool {name}")
        self.staking = world.accounts.open(f"staking {name}")
        self.loss: LossRule = params.loss.make()
        self.waiting: Register[int, float] = Register(world.journal)
        self.surplus: Register[int, float] = Register(world.journal)
        self.troves = 0
        self.collateral = self.debt = 0.0
        self.pending_collateral = self.pending_debt = 0.0
        self.reward_collateral = self.reward_debt = 0.0
        self.stakes = self.stakes_seen = self.collateral_seen = 0.0
        self.base_rate = 0.0
        self.fee_time = 0.0

    def price(self, token: str) -> float:
        """Feed price of the collateral; the stablecoin is 1."""
        return 1.0 if token == self.stablecoin or self.params.feed is None else self.read_feed(self.params.feed)

    def active(self, row: int | None) -> bool:
        """Whether a row is an open trove."""
        return row is not None and self.book.get(STATUS, row) == ACTIVE

    def pending(self, row: int) -> tuple[float, float]:
        """Redistributed collateral and debt that a trove has not been written yet."""
        stake = self.book.get(STAKE, row)
        if stake == 0.0:
            return 0.0, 0.0
        gained = self.reward_collateral - self.book.get(SEEN_COLLATERAL, row)
        owed = self.reward_debt - self.book.get(SEEN_DEBT, row)
        return stake * gained, stake * owed

    def entire(self, row: int) -> tuple[float, float]:
        """Collateral and debt of a trove, pending ones and gas compensation included."""
        gained, owed = self.pending(row)
        return self.book.get(COLLATERAL, row) + gained, self.book.get(DEBT, row) + owed

    def ratio_of(self, row: int) -> float:
        """Collateral ratio of a trove (ICR)."""
        collateral, debt = self.entire(row)
        return collateral * self.price(self.token) / debt if debt > 0.0 else math.inf

    def total_ratio(self) -> float:
        """Collateral ratio of the system (TCR)."""
        return self.collateral * self.price(self.token) / self.debt if self.debt > 0.0 else math.inf

    def recovering(self) -> bool:
        """Whether the system is in recovery mode."""
        return bool(self.total_ratio() < self.params.critical_ratio)

    def trigger_for(self, debt: float) -> float:
        """Collateral ratio below which a trove of this debt is liquidated now: in recovery mode the system's own ratio where the pool
        covers the whole debt.
        """
        least, total = float(self.params.least_ratio), self.total_ratio()
        if total < self.params.critical_ratio and debt <= self.pool.deposits and self.params.loss.kind == "stability_pool":
            return max(least, total)
        return least

    def health_of(self, row: int) -> float:
        """Collateral ratio over the ratio at which the trove is liquidated."""
        return self.ratio_of(row) / self.trigger_for(self.entire(row)[1])

    def health(self, rows: Rows | None = None) -> Floats:
        """Health of troves, shape (rows,), infinity where there is none."""
        data = self.book.data if rows is None else self.book.data[:, rows]
        collateral, debt = self.columns(data)
        total, trigger = self.total_ratio(), np.full(data.shape[1], float(self.params.least_ratio))
        if total < self.params.critical_ratio and self.params.loss.kind == "stability_pool":
            trigger = np.where(debt <= self.pool.deposits, max(self.params.least_ratio, total), trigger)
        return np.asarray(ratio(collateral * self.price(self.token) / trigger, debt))

    def columns(self, data: Floats) -> tuple[Floats, Floats]:
        """Entire collateral and debt of troves, shapes (rows,)."""
        gained = data[STAKE] * (self.reward_collateral - data[SEEN_COLLATERAL])
        owed = data[STAKE] * (self.reward_debt - data[SEEN_DEBT])
        return data[COLLATERAL] + gained, data[DEBT] + owed

    def ratios(self) -> Floats:
        """Collateral ratios of all rows, shape (rows,), infinity where there is no trove."""
        collateral, debt = self.columns(self.book.data)
        return np.asarray(ratio(collateral * self.price(self.token), debt))

    def weigh(self) -> tuple[Floats, Floats]:
        """The price over the highest trigger bounds every health between writes; a redistribution, and in recovery mode a deposit,
        touch every row (:meth:`touch_all`).
        """
        total = self.total_ratio()
        trigger = max(self.params.least_ratio, total) if total < self.params.critical_ratio else self.params.least_ratio
        return np.array([[self.price(self.token) / trigger]]), np.array([[1.0]])

    def touch_all(self) -> None:
        """Have every row looked at again."""
        self.book.touched.update(range(len(self.book)))

    def decayed_rate(self) -> float:
        """Base rate now: it halves every half-life, by whole minutes."""
        minutes = math.floor((self.world.clock.now - self.fee_time) / MINUTE)
        return float(self.base_rate * 0.5 ** (minutes * MINUTE / self.params.half_life)) if self.base_rate else 0.0

    def borrowing_rate(self) -> float:
        """Fee of a loan now (fraction): none in recovery mode."""
        return 0.0 if self.recovering() else float(min(self.params.fee_floor + self.decayed_rate(), self.params.most_borrowing_fee))

    def collateral_of(self, account: int) -> dict[str, float]:
        """Collateral of an account's trove."""
        row = self.book.find(account)
        held = self.entire(row)[0] if row is not None else 0.0
        return {self.token: held} if held > 0.0 else {}

    def deposits_of(self, account: int) -> dict[str, float]:
        """Collateral of an account, its deposit in the stability pool, what that has earned and what it can claim."""
        found = self.collateral_of(account)
        earned = self.pool.gain(account) + self.surplus.get(account, 0.0)
        for token, amount in ((self.token, earned), (self.stablecoin, self.pool.compounded(account))):
            if amount > 0.0:
                found[token] = found.get(token, 0.0) + amount
        return found

    def participants(self) -> list[int]:
        """Accounts with a trove, a deposit or something to claim."""
        return list(dict.fromkeys((*self.book.owners, *self.pool.snapshots, *self.surplus)))

    def accounts(self) -> tuple[int, ...]:
        """The market's own account and those of its pools."""
        return self.account, self.pool_account, self.gas_pool

    def debts_of(self, account: int) -> dict[str, float]:
        """Debt of an account's trove, gas compensation included."""
        row = self.book.find(account)
        owed = self.entire(row)[1] if row is not None else 0.0
        return {self.stablecoin: owed} if owed > 0.0 else {}

    def totals(self) -> dict[str, dict[str, float]]:
        """Totals per token (amounts in tokens; there is no interest)."""
        deposits = self.pool.deposits
        return {
            self.stablecoin: {
                "supplied": deposits, "borrowed": self.debt, "cash": deposits, "utilisation": 0.0, "borrow_rate": 0.0, "supply_rate": 0.0,
                "bad_debt": max(self.debt - self.collateral * self.price(self.token), 0.0),
            },
            self.token: {"collateral": self.collateral, "stability_pool": self.pool.collateral},
        }  # fmt: skip

    def unpaid(self) -> float:
        """Debt of all troves."""
        return self.debt

    def audit(self) -> Iterable[Identity]:
        """Stablecoins minted = debt; debts, collateral, stakes and deposits add up to their totals and to what is held."""
        yield from super().audit()
        data = self.book.data
        collateral, debt = self.columns(data)
        aside = sum(self.waiting.values()) + sum(self.surplus.values())
        yield self.identity("collateral held", self.cash(self.token), self.collateral + self.pool.collateral + aside)
        yield self.identity("collateral of troves", float(collateral.sum()), self.collateral)
        yield self.identity("debt of troves", float(debt.sum()), self.debt)
        yield self.identity("stakes", float(data[STAKE].sum()), self.stakes)
        written = float(data[COLLATERAL].sum())
        yield self.identity("pending collateral", self.collateral - written, self.pending_collateral, self.collateral)
        yield self.identity("pending debt", self.debt - float(data[DEBT].sum()), self.pending_debt, self.debt)
        made = sum(snapshot.amount for snapshot in self.pool.snapshots.values())
        left = sum(self.pool.compounded(account) for account in self.pool.snapshots)
        gains = sum(self.pool.gain(account) for account in self.pool.snapshots)
        yield self.identity("deposits", left, self.pool.deposits, made)
        yield self.identity("deposits held", self.ledger.balance(self.stablecoin, self.pool_account), self.pool.deposits, made)
        yield self.identity("gains", gains, self.pool.collateral, self.collateral)
        reserve = self.troves * self.params.gas_compensation
        yield self.identity("gas pool", self.ledger.balance(self.stablecoin, self.gas_pool), reserve)
