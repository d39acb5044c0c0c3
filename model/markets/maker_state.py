"""State of a debt-minting market of vaults and what can be read from it: vault types, health, totals, identities.

Source: MakerDAO dss Vat (frob, grab, fold, suck), Jug (drip), Spotter (poke), at commit fa4f663.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from model.core.choice import chosen
from model.core.draws import Floats
from model.core.journal import Journal, Recorded, Register
from model.core.params import Params, param
from model.core.units import YEAR
from model.liquidation.base import Liquidation
from model.liquidation.dutch_auction import DutchAuction
from model.liquidation.english_auction import Auction, EnglishAuction
from model.losses.base import LossRule
from model.markets.base import Rows
from model.markets.bookkeeping import ratio
from model.markets.minting import MintingMarket
from model.world.audit import Identity
from model.world.book import Book

if TYPE_CHECKING:
    from model.liquidation.dutch_auction import Sale
    from model.markets.maker_vow import DebtAuction, SurplusAuction
    from model.world.world import World

_DUTCH = {"kind": "dutch_auction"}
LOSS = {"kind": "surplus_and_debt_auction"}
AUCTIONS = ("dutch_auction", "english_auction")


class VaultTypeParams(Params):
    """A type of vault: one collateral token at one set of terms (an ilk)."""

    token: str = param("", unit="token", description="Collateral token; empty where it is the type's own name")
    feed: str | None = param(None, unit="feed", description="Feed of its price, a delayed one as a rule; none for 1")
    liquidation_ratio: float = param(
        1.5, unit="1", gt=1, description="Collateral value over debt at the trigger", source="Spotter.ilks.mat"
    )
    stability_fee: float = param(0.02, unit="1/year", ge=0, description="Fee, effective yearly rate", source="Jug.ilks.duty")
    ceiling: float = param(1e9, unit="debt token", ge=0, description="Most debt of the type", source="Vat.ilks.line")
    dust: float = param(2_000.0, unit="debt token", ge=0, description="Least debt of a vault", source="Vat.ilks.dust")
    hole: float = param(1e9, unit="debt token", gt=0, description="Most debt of the type, with penalty, on auction", source="Dog.ilks.hole")
    stopped: int = param(
        0, unit="level", ge=0, le=3, description="Halt of auctions: 1 none starts, 2 none is reset either, 3 nothing is taken either",
        source="Clipper.stopped; of English auctions level 1 stops the start (Cat.live)",
    )  # fmt: skip
    auction: chosen(Liquidation) = param(_DUTCH, unit="kind", description="How collateral is sold: " + " or ".join(AUCTIONS))  # type: ignore[valid-type]


class VaultType(Recorded):
    """State of a type: rate accumulator (debt per unit of normalised debt), normalised debt, debt with penalty on auction."""

    def __init__(self, journal: Journal, name: str, params: VaultTypeParams, column: int, now: float) -> None:
        self.journal = journal
        self.name = name
        self.column = column
        self.rate = 1.0
        self.total = 0.0
        self.dirt = 0.0
        self.updated = now
        self.params = params
        self.mechanism: Liquidation = params.auction.make()

    @property
    def token(self) -> str:
        """Collateral token."""
        return self.params.token or self.name

    def auction(self) -> DutchAuction | EnglishAuction:
        """The liquidation mechanism."""
        assert isinstance(self.mechanism, DutchAuction | EnglishAuction)
        return self.mechanism

    def rate_at(self, now: float) -> float:
        """Rate accumulator projected to ``now``: exponential per second. Source: Jug.drip, rate * duty^seconds."""
        if now <= self.updated or self.params.stability_fee == 0.0:
            return self.rate
        return float(self.rate * (1.0 + self.params.stability_fee) ** ((now - self.updated) / YEAR))


@dataclass(frozen=True, slots=True)
class Lot:
    """Collateral under the hammer: its vault type, whose it was (row), debt moved off the vault, how much was ``offered``, what has been
    ``raised``, health of the vault before, and the running sale or auction.
    """

    type: str
    row: int
    debt: float
    offered: float
    raised: float
    health: float
    sale: Sale | Auction


class MakerState(MintingMarket):
    """Vaults of one account as a row: one collateral column per type, then one column of normalised debt per type.

    A row's health is the lowest of its vaults': each vault stands alone. ``sin`` is debt that no vault owes any more, ``queue`` the part of
    it that may not yet be covered (by the time at which it arose), ``ash`` the part that running debt auctions are to cover.
    """

    def __init__(self, world: World, name: str, chain: str, params: Any) -> None:
        super().__init__(world, name, chain, params, params.numeraire)
        self.types: dict[str, VaultType] = {}
        for place, (kind, given) in enumerate(params.types.items()):
            self.types[kind] = VaultType(world.journal, kind, given, place, world.clock.now)
            self.ledger.register(self.types[kind].token)
        self.book = Book(world.journal, 2 * len(self.types))
        self.vow = world.accounts.open(f"vow {name}")
        self.loss: LossRule = params.loss.make()
        self.running: Register[int, Lot] = Register(world.journal)
        self.debt_auctions: Register[int, DebtAuction] = Register(world.journal)
        self.surplus_auctions: Register[int, SurplusAuction] = Register(world.journal)
        self.queue: Register[float, float] = Register(world.journal)
        self.sin = 0.0
        self.ash = 0.0
        self.dirt = 0.0
        if params.governance_token:
            self.ledger.register(params.governance_token)

    def ink(self, kind: VaultType, row: int) -> float:
        """Collateral locked in a vault (tokens)."""
        return self.book.get(kind.column, row)

    def art(self, kind: VaultType, row: int) -> float:
        """Normalised debt of a vault."""
        return self.book.get(len(self.types) + kind.column, row)

    def owed(self, kind: VaultType, row: int) -> float:
        """Debt of a vault, to the clock."""
        return self.art(kind, row) * kind.rate_at(self.world.clock.now)

    def price(self, token: str) -> float:
        """Price of a collateral token by the feed of the first type that takes it; the stablecoin is 1."""
        for kind in self.types.values():
            if kind.token == token:
                return self.quoted(kind)
        return 1.0

    def quoted(self, kind: VaultType) -> float:
        """Feed price of a type's collateral."""
        return 1.0 if kind.params.feed is None else self.read_feed(kind.params.feed)

    def spot(self, kind: VaultType) -> float:
        """Debt that one collateral token carries."""
        return self.quoted(kind) / kind.params.liquidation_ratio

    def health_in(self, kind: VaultType, row: int) -> float:
        """Health of one vault: collateral x spot / debt."""
        debt = self.owed(kind, row)
        return self.ink(kind, row) * self.spot(kind) / debt if debt > 0.0 else math.inf

    def health_of(self, row: int) -> float:
        """Health of a row's weakest vault."""
        return min(self.health_in(kind, row) for kind in self.types.values())

    def weigh(self) -> tuple[Floats, Floats]:
        """Spots and rates, shapes (1, types): the health of each vault is linear in its own pair, and so their minimum is bounded."""
        now = self.world.clock.now
        spots = np.array([[self.spot(kind) for kind in self.types.values()]])
        rates = np.array([[kind.rate_at(now) for kind in self.types.values()]])
        return spots, rates

    def health(self, rows: Rows | None = None) -> Floats:
        """Health of the weakest vault of each row, shape (rows,)."""
        data = self.book.data if rows is None else self.book.data[:, rows]
        spots, rates = self.weigh()
        split = len(self.types)
        return np.asarray(ratio(data[:split] * spots.T, data[split:] * rates.T).min(axis=0))

    def collateral_of(self, account: int) -> dict[str, float]:
        """Tokens locked in an account's vaults."""
        row, found = self.book.find(account), dict[str, float]()
        for kind in self.types.values() if row is not None else ():
            assert row is not None
            if (locked := self.ink(kind, row)) > 0.0:
                found[kind.token] = found.get(kind.token, 0.0) + locked
        return found

    def accounts(self) -> tuple[int, ...]:
        """The market's own account and its surplus."""
        return self.account, self.vow

    def debts_of(self, account: int) -> dict[str, float]:
        """Stablecoins that an account owes."""
        row = self.book.find(account)
        debt = 0.0 if row is None else sum(self.owed(kind, row) for kind in self.types.values())
        return {self.stablecoin: debt} if debt > 0.0 else {}

    def surplus(self) -> float:
        """Stablecoins that the system holds."""
        return self.ledger.balance(self.stablecoin, self.vow)

    def expected(self) -> float:
        """Debt without a vault that running auctions may still raise."""
        return sum(max(lot.debt - lot.raised, 0.0) for lot in self.running.values())

    def uncovered(self) -> float:
        """Debt without a vault that neither running auctions nor the surplus cover: the system's deficit."""
        return max(self.sin - self.expected() - self.surplus(), 0.0)

    def debt(self) -> float:
        """Debt of all vaults, to the clock."""
        now = self.world.clock.now
        return sum(kind.total * kind.rate_at(now) for kind in self.types.values())

    def unpaid(self) -> float:
        """Debt of all vaults as last accrued, and debt without a vault."""
        return sum(kind.total * kind.rate for kind in self.types.values()) + self.sin

    def totals(self) -> dict[str, dict[str, float]]:
        """Totals per token, to the clock (amounts in tokens, rates per year)."""
        now, debt = self.world.clock.now, self.debt()
        fees = sum(kind.total * kind.rate_at(now) * kind.params.stability_fee for kind in self.types.values())
        found = {
            self.stablecoin: {
                "borrowed": debt, "cash": self.surplus(), "utilisation": debt / self.params.ceiling if self.params.ceiling else 0.0,
                "borrow_rate": fees / debt if debt > 0.0 else 0.0, "bad_debt": self.uncovered(), "supplied": 0.0, "supply_rate": 0.0,
            }
        }  # fmt: skip
        for kind in self.types.values():
            held = found.setdefault(kind.token, {"collateral": 0.0, "on_auction": 0.0})
            held["collateral"] += float(self.book.data[kind.column].sum())
            held["on_auction"] += sum(lot.sale.lot for lot in self.running.values() if lot.type == kind.name)
        return found

    def audit(self) -> Iterable[Identity]:
        """Stablecoins minted = debt + sin; collateral held = vaults + lots; normalised debts add up; what is on auction adds up."""
        yield from super().audit()
        totals = self.totals()
        for token in {kind.token for kind in self.types.values()}:
            held = totals[token]["collateral"] + totals[token]["on_auction"]
            yield self.identity(f"{token} locked", self.cash(token), held)
        for kind in self.types.values():
            column = float(self.book.data[len(self.types) + kind.column].sum())
            yield self.identity(f"{kind.name} normalised debt", kind.total, column)
            tabs = sum(self.left(lot) for lot in self.running.values() if lot.type == kind.name)
            yield self.identity(f"{kind.name} on auction", kind.dirt, tabs, self.minted)
        yield self.identity("on auction", self.dirt, sum(kind.dirt for kind in self.types.values()), self.minted)

    @staticmethod
    def left(lot: Lot) -> float:
        """Debt with penalty that a lot still has to raise."""
        return lot.sale.tab - lot.sale.bid if isinstance(lot.sale, Auction) else lot.sale.tab
