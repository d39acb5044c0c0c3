"""The contract of a lending market, and of the offers that its liquidations make."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Hashable, Iterable
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from model.core.actions import Action, Govern, Take
from model.core.draws import Floats
from model.core.errors import Refused
from model.core.registry import Plugin
from model.core.units import MARGIN
from model.markets.governance import govern
from model.world.board import PriceFeed
from model.world.book import Book
from model.world.target import Call, Target

if TYPE_CHECKING:
    from model.world.world import World

Rows = NDArray[np.int64]


class Quote(NamedTuple):
    """What an offer asks and gives for a size: ``paid`` of the offer's ``pays`` token, ``received`` of its ``gives`` token, ``reward``
    (gas compensation or tip) of its ``reward_token``.
    """

    paid: float
    received: float
    reward: float = 0.0


class Offer(NamedTuple):
    """An open offer of a seller in liquidation, whatever the mechanism.

    ``kind`` is ``trigger`` (pays a reward only), ``take`` (pay in, receive at the quoted price) or ``bid`` (escrowed until the auction
    closes). ``limit`` is the largest size, in the ``pays`` token; ``quote(size)`` what a size gets, ``action(size)`` how to ask for it
    (at the limit for all that there is then, so that interest leaves no dust).
    ``row`` is the borrower's row in the market's book, -1 for an auction's lot. Of a bid, ``least`` is the smallest size that is accepted
    now and ``holder`` the account whose bid stands, -1 for none. A trigger may give tokens beside its reward (``gives``, ``received``).
    ``whole`` is the quote of the limit, where it is known.
    ``deposit``: what it gives, or part of it, is a deposit in the market, to be withdrawn when there is cash.
    ``chain`` is where the offer is open and ``gives_chain`` where what it gives arrives, after ``wait`` seconds (empty: the market's own).
    """

    kind: str
    market: str
    item: Hashable
    row: int
    pays: str
    gives: str
    limit: float
    quote: Callable[[float], Quote]
    action: Callable[[float], Action]
    reward_token: str = ""
    least: float = 0.0
    holder: int = -1
    chain: str = ""
    gives_chain: str = ""
    wait: float = 0.0
    whole: Quote | None = None
    deposit: bool = False


class Market(Plugin, Target, family="markets"):
    """A lending market in place: owns its positions, its rules and the health of its rows.

    Verbs have one shape: check, accrue, convert, update, verify, emit. Only verbs accrue, to block time; ``health`` and everything a view
    reads project indexes to the clock without writing. A kind implements ``health`` (vectorised), ``health_of`` (scalar: the one
    that decides), ``bound``, ``offers``, ``collateral_of``, ``debts_of``, ``totals`` and ``audit``.

    Health is what the rules divide: 1 is the trigger, above is safe, infinity without debt.
    """

    lent_in: ClassVar[tuple[str, ...]] = ()
    """Parameters (dotted, ``*`` for every key) that name the tokens that it lends; ``totals`` states their ``utilisation`` and ``cash``."""
    takes_deposits: ClassVar[bool] = True
    """Whether lenders deposit these tokens, and are paid out at once on the market's own chain; not where they are minted."""
    governed: ClassVar[tuple[str, ...]] = ()
    """Parameters that governance may replace (dotted, ``*`` for every key, what lies below included); none for an immutable contract."""
    governors: tuple[int, ...] = ()
    """Accounts that may govern; anybody where there are none (a notebook)."""
    shares_are_tokens: ClassVar[bool] = False
    """Whether what depositors are owed is a ledger token of the market's name, which their wallets show as well."""
    book: Book
    margin: float = MARGIN
    """Relative margin with which the screen selects rows by :meth:`weigh`; above the default where health is not exactly linear."""
    causes: dict[int, str]
    """Row -> what brought it below health 1, as the screen found it: price, rate, impairment, congestion or governance."""

    def __init__(self, world: World, name: str, chain: str, params: Any, numeraire: str = "usd") -> None:
        Target.__init__(self, world, name, chain, world.accounts.open(f"market {name}"))
        self.params = params
        self.numeraire = numeraire
        self.ledger = world.open_ledger(chain)
        self.causes = {}

    def perform(self, call: Call, action: Action) -> float:
        """Carry out one action; refuses (``slippage``) a ``Take`` that gets less than it wants."""
        settled = super().perform(call, action)
        if isinstance(action, Take) and settled < action.min_received:
            raise Refused("slippage", f"{settled} of {action.min_received}")
        return settled

    def govern(self, call: Call, action: Govern) -> float:
        """Replace parameters: dotted places below the market's own (``reserves.weth.frozen``), all revalidated together; returns how many
        changed. Kinds that can be governed list the verb.
        """
        return govern(self, call, action)

    def adopt(self, params: Any) -> None:
        """Accrue under the old parameters and put new ones, already validated, in place."""
        raise Refused("not_governed", self.name)

    @abstractmethod
    def health(self, rows: Rows | None = None) -> Floats:
        """Health of ``rows`` (all when None), shape (rows,), with indexes projected to the clock."""

    @abstractmethod
    def health_of(self, row: int) -> float:
        """Health of one row, exact by the market's rules."""

    @abstractmethod
    def weigh(self) -> tuple[Floats, Floats]:
        """Weights by which health is linear: per unit of each collateral column (adjusted value) and of each debt column, shapes
        (groups, collateral columns) and (groups, debt columns). The screen bounds by them how far any health can have fallen.
        A market whose health is not of this form returns one collateral and one debt weight whose ratio bounds it.
        """

    @abstractmethod
    def offers(self, row: int) -> list[Offer]:
        """Open offers of one row; empty while it is healthy."""

    def stated(self) -> Hashable:
        """What its feeds say: while it stands, offers change by what is written to rows and by interest alone."""
        return self.world.board.version_on(self.chain)

    def offer_state(self, row: int) -> Hashable | None:
        """What the offers of a row depend on beside the feeds and what interest adds in a minute; None where they move with time."""
        return None

    def lots(self) -> list[Offer]:
        """Open offers that belong to no row: auctions' lots, absorbed collateral, triggers that close or restart."""
        return []

    @abstractmethod
    def collateral_of(self, account: int) -> dict[str, float]:
        """Tokens that an account has as collateral here, amounts in tokens."""

    @abstractmethod
    def debts_of(self, account: int) -> dict[str, float]:
        """Tokens that an account owes here, amounts in tokens, to the clock."""

    def position_columns(self) -> tuple[dict[str, Floats], dict[str, Floats]]:
        """Collateral and debts of all participants by token, in tokens, to the clock, shapes (participants,): as :meth:`collateral_of` and
        :meth:`debts_of` tell them one by one.
        """
        everybody = list(self.participants())
        found: tuple[dict[str, Floats], dict[str, Floats]] = ({}, {})
        for columns, read in zip(found, (self.collateral_of, self.debts_of), strict=True):
            for place, account in enumerate(everybody):
                for token, amount in read(account).items():
                    columns.setdefault(token, np.zeros(len(everybody)))[place] = amount
        return found

    def deposits_of(self, account: int) -> dict[str, float]:
        """Tokens that the market owes an account before its debt is settled, collateral and what it lends alike, to the clock."""
        return self.collateral_of(account)

    def withdrawable(self, account: int, token: str) -> float:
        """Tokens of an account's deposit for which there is cash now (of a hub, ``token@chain``), its debts apart."""
        held = self.deposits_of(account).get(token, 0.0)
        return min(held, self.payable(token)) if held > 0.0 else 0.0

    def payable(self, token: str, chain: str | None = None) -> float:
        """Tokens that depositors, all together, could take out now, on ``chain`` where the market is on several: what the next one at the
        exit finds. By default its cash, or the collateral that it keeps.
        """
        found = self.totals_of(token)
        return found.get("cash", found.get("collateral", 0.0))

    def participants(self) -> Iterable[int]:
        """Accounts that have, or had, something here: the owners of rows first, in the order of rows."""
        return self.book.owners

    def covers(self, token: str, debt: str, category: str = "") -> float:
        """Share of the value of a collateral token that counts against a debt in another one, for rows of an e-mode category.

        Raises:
            LookupError: the market does not lend this against that, or its health is not of this form.
        """
        raise LookupError(f"{self.name} has no collateral factor of {token} for {debt}")

    def lends_up_to(self, token: str, debt: str, category: str = "") -> float:
        """Share of the value of a collateral token that may be borrowed in another one; by default what :meth:`covers` says.

        Raises:
            LookupError: as there.
        """
        return self.covers(token, debt, category)

    @abstractmethod
    def totals(self) -> dict[str, dict[str, float]]:
        """By token: supplied, borrowed, cash, collateral, utilisation, borrow_rate, supply_rate, bad_debt (as they apply), to the clock."""

    def places(self) -> tuple[str, ...]:
        """What :meth:`totals_of` knows beside tokens: parts of a token's totals (``token@chain`` of a hub)."""
        return ()

    def totals_of(self, token: str) -> dict[str, float]:
        """The totals of one token."""
        return self.totals()[token]

    @abstractmethod
    def price(self, token: str) -> float:
        """What the market's feed says of a token, in the market's numeraire."""

    def usd(self, token: str) -> float:
        """Reporting value of a token in USD: the market's price times the numeraire's true price."""
        return self.price(token) * self.numeraire_usd()

    def numeraire_usd(self) -> float:
        """USD per unit of the numeraire."""
        if self.numeraire == "usd":
            return 1.0
        found = self.world.board.usd(self.numeraire)
        return found if found is not None else 1.0

    def open_cash(self) -> None:
        """Genesis: what follows from the opened positions (cash, rates); called once, after all populations have settled."""

    def settle_passive(self) -> Iterable[str]:
        """Advance what moves by itself (auctions that ran out, queues); called in the ``clear`` phase. Returns what it did, for the log."""
        return ()

    def read_feed(self, name: str) -> float:
        """Value of a feed on this chain."""
        feed = self.world.targets[name]
        assert isinstance(feed, PriceFeed)
        return feed.value()
