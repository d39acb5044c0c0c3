"""The state of a claim token: how it grows, is impaired and is diluted, and what is leaving it."""

from __future__ import annotations

from dataclasses import replace

from model.claims.base import Cover, Issue
from model.core.errors import Refused
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
        except Refused:
            return None
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

    def next_accrual(self) -> float | None:
        """Time of the next accrual (seconds), None for a claim that never accrues."""
        period = self.mechanism.period()
        return None if period is None else self.accrued_at + period

    def accrue(self) -> None:
        """Add the rewards since the last accrual to the backing; a rebasing claim raises every balance."""
        now = self.world.clock.now
        reward = self.mechanism.reward(self.backing(), now - self.accrued_at)
        self.accrued_at = now
        self._change(self.backing_token, reward)
        self._share()
        self._rescale()
        self._note("rebase", reward)

    def impair(self, amount: float) -> None:
        """Lose ``amount`` of the first backing token (slashing, a default): all who bear losses bear it alike, and who stands on them."""
        most, *others = self.at_risk().amounts
        self._lose((min(amount, most), *(0.0 for _ in others)))

    def impair_share(self, severity: float) -> float:
        """Lose what the kind loses in an impairment of ``severity`` (0 to 1) of all that bears losses; returns the units of the first
        backing token.

        Raises:
            Refused: ``invalid_amount``.
        """
        lost = self.mechanism.impair(self.at_risk(), severity)
        self._lose(lost)
        return lost[0]

    def dilute(self, amount: float, holder: int) -> None:
        """Mint ``amount`` of the token to ``holder`` with nothing behind it: every holder bears it alike."""
        supply, lost = self.ledger.supply(self.name), amount * self.price_of_one()
        self.ledger.create(self.name, holder, amount, "claim")
        self._rescale()
        self.mark_impaired(lost, amount / (supply + amount))

    def mark_impaired(self, lost: float, share: float) -> None:
        """Note that ``lost`` units of backing are gone, a ``share`` of what stood behind a token; it travels up to all claims on it."""
        self.impaired += lost
        self.world.board.changed()
        self._note("impair", -lost)
        for claim in self.world.all(ClaimState):
            if self.name in claim.tokens and claim is not self:
                claim._rescale()
                held = claim.cover().amounts[claim.tokens.index(self.name)]
                claim.mark_impaired(held * share, share)

    def _issue(self, cover: Cover, amount: float) -> Issue:
        rates = self.mechanism.rate(cover)
        others = [amount * rate / rates[0] if rates[0] > 0.0 else amount for rate in rates[1:]]
        return self.mechanism.mint(cover, (amount, *others))

    def _liquid(self) -> float | None:
        return min(self.buffer, self.backing()) if self.full_buffer > 0.0 else None

    def _lose(self, lost: tuple[float, ...]) -> None:
        if self.custodian is not None:
            raise Refused("not_possible", f"the backing of {self.name} stands with its bridge")
        before = self.cover().amounts
        for token, amount in zip(self.tokens, lost, strict=True):
            self._change(token, -amount)
        self._share()
        after = self.cover().amounts
        self.buffer = min(self.buffer, after[0])
        self._rescale()
        share = max((was - now) / was if was > 0.0 else 0.0 for was, now in zip(before, after, strict=True))
        self.mark_impaired(lost[0], share)

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
