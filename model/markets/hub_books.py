"""What the messages of a hub write: interest, credit, debt, payments. Amounts are tokens; ALL leaves an exact zero."""

from __future__ import annotations

from typing import NoReturn

from model.core.actions import ALL
from model.core.errors import Refused
from model.markets.hub_messages import HubMessage
from model.markets.hub_state import HubState, Listing


class HubBooks(HubState):
    """Every write to a hub's books goes through one of these."""

    def accrue(self, listing: Listing) -> None:
        """Bring a listing's indexes and reserves to the clock."""
        listing.supply_index, listing.debt_index, listing.reserves = self.grown(listing)
        listing.updated = self.world.clock.now

    def liquid(self, listing: Listing) -> float:
        """Tokens that can be promised on a spoke: what its book has beyond debt. What is on its way is promised to others already, so a
        payment that was booked can always be made.
        """
        supply_index, debt_index, reserves = self.grown(listing)
        return max(listing.supplied * supply_index + reserves - listing.owed * debt_index - listing.deficit, 0.0)

    def payable(self, token: str, chain: str | None = None) -> float:
        """What can be promised on a spoke (of several the first that lists the token)."""
        listing = self.listing(token, chain)
        return 0.0 if listing is None else self.liquid(listing)

    def credit(self, listing: Listing, row: int, amount: float) -> None:
        """Give a row shares for tokens."""
        shares = amount / listing.supply_index
        self.book.add(listing.place, row, shares)
        listing.supplied += shares

    def debit(self, listing: Listing, row: int, amount: float) -> None:
        """Take shares of a row for tokens."""
        listing.supplied -= self.take_from(listing.place, row, ALL if amount == ALL else amount / listing.supply_index)

    def owe(self, listing: Listing, row: int, amount: float) -> None:
        """Write debt to a row."""
        shares = amount / listing.debt_index
        self.book.add(len(self.listings) + listing.place, row, shares)
        listing.owed += shares

    def relieve(self, listing: Listing, row: int, amount: float) -> None:
        """Take debt off a row."""
        column = len(self.listings) + listing.place
        listing.owed -= self.take_from(column, row, ALL if amount == ALL else amount / listing.debt_index)

    def message(
        self, kind: str, account: int, listing: Listing, amount: float, *, borrower: int = -1, seizes: int = -1, least: float = 0.0
    ) -> HubMessage:
        """A message about a listing, from its spoke to the hub or, a payment, back; with the spoke's delay."""
        now, delay = self.world.clock.now, self.params.spokes[listing.chain].delay
        ends = (self.chain, listing.chain) if kind == "pay" else (listing.chain, self.chain)
        return HubMessage(
            self.world.number("messages"), kind, account, listing.place, amount, *ends, now, now + delay, borrower, seizes, least
        )  # fmt: skip

    def pay_out(self, account: int, listing: Listing, amount: float) -> float:
        """Send a booked payment to a spoke."""
        return self.post(self.message("pay", account, listing, amount)) if amount > 0.0 else 0.0

    def _process(self, message: HubMessage) -> float:
        """Do what a message says. What the hub refuses after a delay is noted, and what came with it is sent back; without a delay the
        sender's transaction reverts.
        """
        listing = self.listings[message.asset]
        self.accrue(listing)
        try:
            settled: float = getattr(self, f"_on_{message.kind}")(message, listing)
        except Refused as refusal:
            if self.journal.open:
                raise
            self.note_message(message, refusal.reason, message.amount)
            return 0.0
        if message.due > message.sent:
            self.note_message(message, "arrived", settled)
        return settled

    def send_back(self, message: HubMessage, listing: Listing, refusal: Refused) -> NoReturn:
        """Refuse what a message asks for, and pay back what came with it."""
        self.pay_out(message.account, listing, message.amount)
        raise refusal

    def _on_supply(self, message: HubMessage, listing: Listing) -> float:
        cap, total = self.terms(listing).supply_cap, listing.supplied * listing.supply_index + message.amount
        if self.params.spokes[listing.chain].paused:
            self.send_back(message, listing, Refused("paused", listing.chain))
        if cap is not None and total > cap:
            self.send_back(message, listing, Refused("supply_cap", f"{cap} {listing.token} on {listing.chain}"))
        self.credit(listing, self.book.row(message.account), message.amount)
        return message.amount

    def _on_repay(self, message: HubMessage, listing: Listing) -> float:
        """Debt that is gone meanwhile comes back as a payment."""
        row = self.book.find(message.borrower)
        owed = self.owed(listing, row) if row is not None else 0.0
        repaid = min(message.amount, owed)
        if row is not None and repaid > 0.0:
            self.relieve(listing, row, ALL if message.amount >= owed else repaid)
        self.pay_out(message.account, listing, message.amount - repaid)
        return repaid

    def _on_withdraw(self, message: HubMessage, listing: Listing) -> float:
        row = self.row_of(message.account)
        held = self.supplied(listing, row)
        amount = self.part_of(held, message.amount)
        if amount > self.liquid(listing) * (1.0 + 1e-12):
            raise Refused("insufficient_liquidity", f"{amount} of {self.liquid(listing)} {listing.token}")
        cover, debt = self.values(row, "liquidation_threshold")
        cover -= amount * self.price_at(listing) * self.terms(listing).liquidation_threshold
        if debt > 0.0 and cover < debt:
            raise Refused("health_factor_too_low", f"{cover / debt}")
        self.debit(listing, row, ALL if message.amount == ALL else amount)
        self.pay_out(message.account, listing, amount)
        return amount

    def _on_borrow(self, message: HubMessage, listing: Listing) -> float:
        row, terms, spoke = self.row_of(message.account), self.terms(listing), self.params.spokes[listing.chain]
        if spoke.paused:
            raise Refused("paused", listing.chain)
        if not terms.borrowable:
            raise Refused("not_borrowable", f"{listing.token} on {listing.chain}")
        value = message.amount * self.price_at(listing)
        cover, debt = self.values(row, "ltv")
        if cover < debt + value:
            raise Refused("insufficient_collateral", f"{cover} for {debt + value}")
        if message.amount > self.liquid(listing) * (1.0 + 1e-12):
            raise Refused("insufficient_liquidity", f"{message.amount} of {self.liquid(listing)} {listing.token}")
        if terms.borrow_cap is not None and listing.owed * listing.debt_index + message.amount > terms.borrow_cap:
            raise Refused("borrow_cap", f"{terms.borrow_cap} {listing.token} on {listing.chain}")
        if spoke.credit_limit is not None and self.credit_of(listing.chain) + value > spoke.credit_limit:
            raise Refused("credit_limit", f"{spoke.credit_limit} on {listing.chain}")
        self.owe(listing, row, message.amount)
        self.pay_out(message.account, listing, message.amount)
        return message.amount

    def _on_pay(self, message: HubMessage, listing: Listing) -> float:
        ledger = self.ledgers[listing.chain]
        return ledger.move(listing.token, self.account, message.account, min(message.amount, self.held(listing)))

    def credit_of(self, chain: str) -> float:
        """Value owed on a spoke, in the numeraire."""
        return sum(one.owed * self.grown(one)[1] * self.price_at(one) for one in self.listings if one.chain == chain and one.owed)
