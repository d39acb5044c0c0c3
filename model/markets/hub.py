"""Kind ``hub``: collateral on one chain backs debt on another. One book on the hub's chain, tokens on the spokes, messages in between.

Source: hub-and-spoke money markets (reference/protocols.md, cross-chain money markets): the hub keeps accounts and decides, spokes take in
and pay out, and each learns of the other by messages.
"""

from __future__ import annotations

from model.core.actions import ALL, Action, Borrow, Repay, Supply, Take, Withdraw
from model.core.draws import Floats
from model.core.errors import Refused
from model.markets.base import Offer
from model.markets.hub_books import HubBooks
from model.markets.hub_liquidation import offers_of, on_liquidate, take
from model.markets.hub_messages import HubMessage
from model.markets.hub_params import HubParams
from model.markets.hub_state import Listing
from model.world.accounts import OUTSIDE
from model.world.claim import ClaimToken
from model.world.target import Call, Target


class Hub(HubBooks, kind="hub"):
    """A hub in place; actions are aimed at it on any of its chains and concern the tokens of that chain.

    Supply, Repay and Take hand tokens over at once and are booked when the message has arrived; Withdraw and Borrow are requests, decided
    at the hub by the state that has arrived there, and paid when the answer is back. Of a spoke without delay both happen in the
    transaction. A spoke knows its own ledger, what it has sent itself, and the parameters as they stood one delay ago; all else the hub
    decides on arrival. What it refuses then (a supply beyond the cap or into a pause, a liquidation that comes too late or gets less than
    its ``min_received``), and debt that is gone when its repayment arrives, is paid back.

    Refuses with ``not_listed``, ``invalid_amount``, ``paused``, ``supply_cap``, ``borrow_cap``, ``credit_limit``, ``not_borrowable``,
    ``insufficient_collateral``, ``insufficient_liquidity``, ``health_factor_too_low``, ``no_position``, ``healthy``, ``no_such_item``,
    ``overtaken``, ``slippage``.
    Assumes: the hub reads prices on its own chain; messages are free of charge and never lost.
    """

    Params = HubParams
    params: HubParams
    lent_in = ("spokes.*.assets",)
    takes_deposits = False
    verbs = frozenset({"supply", "withdraw", "borrow", "repay", "take", "govern"})
    governed = ("spokes.*.credit_limit", "spokes.*.paused", "spokes.*.assets.*", "liquidation")

    def open_positions(self, accounts: range, supplied: dict[str, Floats], owed: dict[str, Floats]) -> None:
        """Genesis: rows for a population with given amounts (tokens), by token or ``token@chain``. See :meth:`open_cash`."""
        rows = self.book.rows(accounts)
        place, split = slice(rows.start, rows.stop), len(self.listings)
        for token, amounts in supplied.items():
            listing = self._listed(token)
            self.book.data[listing.place, place] = amounts / listing.supply_index
            listing.supplied = float(self.book.data[listing.place].sum())
        for token, amounts in owed.items():
            listing = self._listed(token)
            self.book.data[split + listing.place, place] = amounts / listing.debt_index
            listing.owed = float(self.book.data[split + listing.place].sum())

    def open_cash(self) -> None:
        """Genesis: each spoke holds what is supplied there less what is owed there.

        Raises:
            ValueError: more is owed on a spoke than was supplied there.
        """
        for listing in self.listings:
            missing = listing.supplied * listing.supply_index - listing.owed * listing.debt_index - self.held(listing)
            if missing < -1e-9 * (listing.supplied + self.held(listing)):
                raise ValueError(f"{self.name}.{listing.token}@{listing.chain}: debt exceeds deposits by {-missing:.6g}")
            ledger = self.ledgers[listing.chain]
            if missing > 0.0 and isinstance(self.world.targets.get(listing.token), ClaimToken):
                ledger.move(listing.token, OUTSIDE, self.account, missing)
            elif missing > 0.0:
                ledger.create(listing.token, self.account, missing, "genesis")

    def supply(self, call: Call, action: Supply) -> float:
        """Hand tokens over; credited when the message arrives. Returns tokens."""
        listing = self._open(call, action.token)
        amount = self._given(call, listing, action.amount)
        amount = self.ledgers[call.chain].move(listing.token, call.sender, self.account, amount)
        self.post(self.message("supply", call.sender, listing, amount))
        self.note(call, "supply", action.token, amount)
        return amount

    def withdraw(self, call: Call, action: Withdraw) -> float:
        """Ask for what was supplied; returns the tokens asked for, or settled on a spoke without delay."""
        listing = self._here(call, action.token)
        if not action.amount > 0.0:
            raise Refused("invalid_amount", f"{action.amount}")
        settled = self.post(self.message("withdraw", call.sender, listing, action.amount))
        if settled == ALL:
            row = self.book.find(call.sender)
            settled = self.supplied(listing, row) if row is not None else 0.0
        self.note(call, "withdraw", action.token, settled)
        return settled

    def borrow(self, call: Call, action: Borrow) -> float:
        """Ask for a loan; returns the tokens asked for."""
        listing = self._open(call, action.token)
        if not self.told(call.chain).assets[listing.token].borrowable:
            raise Refused("not_borrowable", f"{action.token} on {call.chain}")
        settled = self.post(self.message("borrow", call.sender, listing, self.asked(action.amount)))
        self.note(call, "borrow", action.token, settled)
        return settled

    def repay(self, call: Call, action: Repay) -> float:
        """Hand tokens over against one's own debt or another's; what exceeds it comes back. ALL is the balance, or the debt where the hub
        is at hand. Returns tokens.
        """
        listing = self._here(call, action.token)
        borrower = call.sender if action.borrower is None else action.borrower
        amount = self.ledgers[call.chain].balance(listing.token, call.sender) if action.amount == ALL else self.asked(action.amount)
        if not self.params.spokes[call.chain].delay > 0.0:
            amount = min(amount, self.owed(listing, self.row_of(borrower)))
        if not amount > 0.0:
            raise Refused("no_debt", f"{listing.token} on {call.chain}")
        amount = self.ledgers[call.chain].move(listing.token, call.sender, self.account, amount)
        self.post(self.message("repay", call.sender, listing, amount, borrower=borrower))
        self.note(call, "repay", action.token, amount)
        return amount

    def perform(self, call: Call, action: Action) -> float:
        """Carry out one action; what a ``Take`` wants at least travels with its message."""
        return Target.perform(self, call, action)

    def take(self, call: Call, action: Take) -> float:
        """Liquidate; returns what was paid in."""
        return take(self, call, action)

    def stated(self) -> tuple[float, ...]:
        """Prices of its listings, and its parameters."""
        return (id(self.params), *[self.price_at(listing) for listing in self.listings])

    def offer_state(self, row: int) -> tuple[float, ...]:
        """Writes to the row, and what is on its way to repay its debts."""
        flying, owner = self.repaying(), self.book.owners[row]
        return (self.book.stamp(row), *(flying.get((one.place, owner), 0.0) for one in self.listings))

    def offers(self, row: int) -> list[Offer]:
        """Offers of a row, each on the chain of its debt."""
        return offers_of(self, row)

    def withdrawable(self, account: int, token: str) -> float:
        """What a request for ``token@chain`` would get in the state that has arrived, less what has been asked for already."""
        listing, row = self._listed(token), self.book.find(account)
        if row is None:
            return 0.0
        asked = (one for one in self.messages.values() if one.kind == "withdraw" and one.account == account)
        if any(one.asset == listing.place for one in asked):
            return 0.0
        return min(self.supplied(listing, row), self.liquid(listing))

    def adopt(self, params: HubParams) -> None:
        """Put new parameters in place; spokes and listings are fixed."""
        if {chain: set(spoke.assets) for chain, spoke in params.spokes.items()} != {
            chain: set(spoke.assets) for chain, spoke in self.params.spokes.items()
        }:
            raise Refused("invalid_parameters", "spokes and their tokens are fixed at genesis")
        now = self.world.clock.now
        for listing in self.listings:
            self.accrue(listing)
        furthest = max(spoke.delay for spoke in (*self.params.spokes.values(), *params.spokes.values()))
        self.former = (*((until, old) for until, old in self.former if until > now - furthest), (now, self.params))
        self.params = params

    def _on_liquidate(self, message: HubMessage, listing: Listing) -> float:
        return on_liquidate(self, message, listing)

    def _given(self, call: Call, listing: Listing, amount: float) -> float:
        given = self.ledgers[call.chain].balance(listing.token, call.sender) if amount == ALL else amount
        if not given > 0.0:
            raise Refused("invalid_amount", f"{given} {listing.token}")
        return given

    def _listed(self, token: str, chain: str | None = None) -> Listing:
        found = self.listing(token, chain)
        if found is None:
            raise Refused("not_listed", f"{token} on {chain or self.name}")
        return found

    def _here(self, call: Call, token: str) -> Listing:
        return self._listed(token.partition("@")[0], call.chain)

    def _open(self, call: Call, token: str) -> Listing:
        listing = self._here(call, token)
        if self.told(call.chain).paused:
            raise Refused("paused", call.chain)
        return listing
