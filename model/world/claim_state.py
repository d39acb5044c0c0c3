"""The state of a claim token: its ways in and out as they stand, and what is leaving it."""

from __future__ import annotations

from dataclasses import replace

from model.claims.base import Cover, Issue
from model.core.errors import Refused
from model.world.accounts import OUTSIDE
from model.world.claim_backing import ClaimBacking
from model.world.redemption import Request
from model.world.target import Call


class ClaimState(ClaimBacking):
    """What a claim token in place is; its verbs are those of ``ClaimToken``."""

    @property
    def ahead(self) -> float:
        """Units of (the first) backing that stand in the line now: in the exit queue all who leave through it, others included; where there
        is none, what waits here.
        """
        now = self.world.clock.now
        return self.line.waiting(now) if self.line.queue is None else self.line.queue.ahead(now)

    def waiting(self, account: int) -> dict[int, float]:
        """The account's requests on their way: number -> when it is due (seconds), as things stand."""
        return {number: self.line.due(number) for number, request in self.line.requests.items() if request.account == account}

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

    def at_risk(self) -> Cover:
        """What bears losses now: :meth:`cover` with the redemptions on their way that are not yet safe."""
        cover, exposed = self.cover(), self.line.exposed(self.world.clock.now)
        if not exposed:
            return cover
        leaving = [self.line.tokens(request) for request in exposed.values()]
        amounts = tuple([amount + sum(owed[place] for owed in leaving) for place, amount in enumerate(cover.amounts)])
        supply = cover.supply + sum(request.units for request in exposed.values()) * self.ledger.scale(self.name)
        return replace(cover, amounts=amounts, supply=supply)

    def minted(self, amount: float) -> float:
        """Tokens that ``amount`` of the (first) backing would mint now; 0 where the way in is closed."""
        cover = self.cover()
        if self.custodian is not None or not self.mechanism.mintable(cover.now):
            return 0.0
        if not (amount > 0.0 and self.ledger.scale(self.name) > 0.0):
            return 0.0
        try:
            return self._issue(cover, amount).minted
        except Refused:
            return 0.0

    def _issue(self, cover: Cover, amount: float) -> Issue:
        rates = self.mechanism.rate(cover)
        others = [amount * rate / rates[0] if rates[0] > 0.0 else amount for rate in rates[1:]]
        return self.mechanism.mint(cover, (amount, *others))

    def _liquid(self) -> float | None:
        return min(self.buffer, self.backing()) if self.full_buffer > 0.0 else None

    def _pay_out_surplus(self) -> None:
        """What belongs to another side than the holders goes to it, outside the model."""
        surplus = self.mechanism.surplus(self.cover())
        if surplus > 1e-12 * self.backing():
            self.vault.move(self.backing_token, self.account, OUTSIDE, surplus)
            self._note("pay_out", surplus)

    def _share(self) -> None:
        """What the redemptions on their way are owed, after backing came or went: who is not safe yet gains up to what he was owed at
        request, and loses, with those who stay.
        """
        exposed = self.line.exposed(self.world.clock.now)
        if not exposed:
            return
        backing = []
        for place, token in enumerate(self.tokens):
            safe = self.line.shares(place) - sum(request.owed[place] for request in exposed.values())
            backing.append(self.vault.shares_of(token, self.account) - safe)
        self.line.settle_at(backing, self.ledger.shares(self.name) + self.line.pending_mints(), exposed, self.world.clock.now)

    def _enter(self, call: Call, owed: tuple[float, ...], amount: float, minted: float, wait: float) -> None:
        """Put on its way: backing ``owed`` for ``amount`` of the claim, or ``minted`` of the claim."""
        number, now = self.world.number("redemptions"), call.now
        shares = tuple([part / self.vault.scale(token) if part > 0.0 else 0.0 for token, part in zip(self.tokens, owed, strict=True)])
        units = amount / self.ledger.scale(self.name) if amount > 0.0 else 0.0
        stake, escrow = self.mechanism.stake, self.mechanism.escrow
        through = self.line.queue is not None and minted == 0.0
        after = stake.after_exit if through and stake is not None else wait - escrow
        request = Request(call.sender, shares, shares, units, minted, self.mechanism.losses_until, now + escrow, after)
        self.line.enter(number, request, now)
        self._note_request(number, call.sender, "requested", owed[0] or minted, self.line.due(number))

    def _settle(self, number: int, now: float) -> float:
        due = self.line.due(number)
        request = self.line.leave(number, now)
        owed = self.line.tokens(request)
        if request.minted > 0.0:
            self.ledger.create(self.name, request.account, request.minted, "claim")
        else:
            self._pay(request.account, owed)
        self._note_request(number, request.account, "settled", owed[0] or request.minted, due)
        return owed[0] or request.minted

    def _pay(self, account: int, amounts: tuple[float, ...]) -> None:
        for token, amount in zip(self.tokens, amounts, strict=True):
            # Of the last of many payments rounding may have left a little less than is owed.
            payable = min(amount, self.vault.balance(token, self.account))
            if payable > 0.0:
                self.vault.move(token, self.account, account, payable)

    def _note_request(self, number: int, account: int, step: str, amount: float, due: float) -> None:
        name, now = self.world.accounts.name(account), self.world.clock.now
        self.world.events.emit("redemptions", now, self.chain, number, self.name, name, step, amount, due)
