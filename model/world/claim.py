"""A claim token in place: the verbs of its way in and out."""

from __future__ import annotations

from collections.abc import Iterable

from model.claims.base import Claim
from model.core.actions import ALL, Collect, Govern, Mint, Redeem
from model.core.errors import BadInput, Refused
from model.world.audit import Identity
from model.world.claim_life import ClaimLife
from model.world.look_through import look_through_usd as look_through_usd
from model.world.target import Call


class ClaimToken(ClaimLife):
    """A token that stands on others, which may be claims themselves: claims nest to any depth. The backing is a ledger balance of the
    claim's own account (of a bridged form, of its bridge); the exchange rate follows from it. ``home`` is the chain on which the backing
    is held, the claim's own by default; minting across chains starts there, redeeming on the claim's chain, and each is collected on the
    other.

    For a rebasing claim the ledger's scale carries the rate, so that one token is worth one unit of backing while it is whole. What waits
    in the ``line`` is owed and stands behind no token any more; until the kind says that it is safe it bears losses with those who stay,
    and is owed the lower of the rates at request and then. ``buffer`` is backing at hand for redemptions at once; mints fill it up.

    What the world outside gives or takes: native backing is created and destroyed, claims among the backing are moved from and to
    ``outside``, whose own backing stays as it is. Claims on the same native stake share its exit queue (``World.exit_queue``). Raises
    ``Refused`` (``closed``, ``not_here``, and what the kind refuses).
    """

    verbs = frozenset({"mint", "redeem", "collect", "govern"})

    def mint(self, call: Call, action: Mint) -> float:
        """Give backing for the claim (``amount`` of the first backing token, the others in proportion); returns tokens minted, which
        across chains can be collected when the message has arrived.
        """
        if call.chain != self.home:
            raise Refused("not_here", f"{self.name} is minted on {self.home}")
        if self.custodian is not None or not self.mechanism.mintable(call.now):
            raise Refused("closed", self.name)
        if not self.ledger.scale(self.name) > 0.0:
            raise Refused("no_backing", f"all of {self.name} is lost")
        held = self.vault.balance(self.backing_token, call.sender)
        amount = held if action.amount == ALL else action.amount
        cover = self.cover()
        issue = self._issue(cover, amount)
        for token, taken, added in zip(self.tokens, issue.taken, issue.added, strict=True):
            everything = action.amount == ALL and token == self.backing_token and taken >= held * (1.0 - 1e-12)
            self.vault.move(token, call.sender, self.account, ALL if everything else taken)
            self._change(token, added)
        self.buffer = max(self.buffer, min(self.full_buffer, self.buffer + issue.taken[0]))
        if self.home != self.chain:
            wait = self.mechanism.wait(0.0, issue.taken[0], call.now) or 0.0
            self._enter(call, tuple(0.0 for _ in self.tokens), 0.0, issue.minted, wait)
        else:
            self.ledger.create(self.name, call.sender, issue.minted, "claim")
            self._note("mint", issue.taken[0])
        return issue.minted

    def redeem(self, call: Call, action: Redeem) -> float:
        """Give tokens back for backing: at once as far as the buffer goes, the rest through the line. Returns the (first) backing that is
        paid or owed.
        """
        if call.chain != self.chain:
            raise Refused("not_here", f"{self.name} is redeemed on {self.chain}")
        held = self.ledger.balance(self.name, call.sender)
        amount = held if action.amount == ALL else action.amount
        if self.custodian is not None:
            raise Refused("closed", f"{self.name} goes home over its bridge")
        if amount > held * (1.0 + 1e-12):
            raise Refused("insufficient_balance", f"{amount} {self.name} of {held}")
        cover, liquid = self.cover(), self._liquid()
        if not amount > 0.0:
            raise Refused("invalid_amount", f"{amount} {self.name}")
        ahead = self.line.ahead(self.mechanism, call.now)
        wait = self.mechanism.wait(ahead, amount * self.mechanism.rate(cover)[0], call.now, liquid)
        if wait is None:
            raise Refused("closed", self.name)
        owed = self.mechanism.redeem(cover, amount)
        parts = self.mechanism.deals(owed[0], call.now, self.line.dealt)
        self.ledger.destroy(self.name, call.sender, ALL if action.amount == ALL else amount, "claim")
        for part in parts:
            self.line.deal(part.window, part.amount)
            share = part.amount / owed[0]
            self._enter(call, tuple(whole * share for whole in owed), amount * share, 0.0, part.due - call.now)
        if parts:
            return owed[0]
        at_once = 1.0 if wait <= 0.0 else (min(1.0, liquid / owed[0]) if liquid and owed[0] > 0.0 else 0.0)
        if at_once > 0.0:
            self._pay(call.sender, tuple(part * at_once for part in owed))
            self.buffer = max(0.0, self.buffer - owed[0] * at_once)
            self._note("redeem", owed[0] * at_once)
            if self.mechanism.queues:
                self._note_request(-1, call.sender, "at once", owed[0] * at_once, call.now)
        if at_once < 1.0:
            self._enter(call, tuple(part * (1.0 - at_once) for part in owed), amount * (1.0 - at_once), 0.0, wait)
        self._pay_out_surplus()
        return owed[0]

    def collect(self, call: Call, action: Collect) -> float:
        """Collect one finished request (its number) or, without a number, all of the sender's that are paid on this chain; returns the
        tokens paid.
        """
        asked = None if self.home == self.chain else call.chain == self.chain
        return sum(self._settle(number, call.now) for number in self.line.due_to(call.sender, action.item, call.now, minted=asked))

    def govern(self, call: Call, action: Govern) -> float:
        """Replace parameters of the kind (pause, fees, opening dates) by a revalidated copy; returns how many changed.

        Raises:
            Refused: ``not_a_governor``, ``invalid_parameters``.
        """
        who = self.world.accounts.name(call.sender)
        if self.governors and call.sender not in self.governors:
            raise Refused("not_a_governor", who)
        old = self.mechanism.params
        try:
            params = type(old).read({**old.model_dump(), **dict(action.changes)}, self.name)
        except BadInput as error:
            raise Refused("invalid_parameters", str(error)) from None
        fresh: Claim = type(self.mechanism)(params)
        if fresh.backing != self.tokens or fresh.rebasing != self.mechanism.rebasing:
            raise Refused("invalid_parameters", "what a claim stands on, and whether it rebases, are fixed at genesis")
        self._govern_queue(fresh, call.now)
        self.mechanism = fresh
        self.world.board.changed()
        for place, value in action.changes:
            self.world.events.emit("governance", call.now, call.chain, self.name, who, place, str(getattr(old, place)), str(value))
        return float(len(action.changes))

    def _govern_queue(self, fresh: Claim, now: float) -> None:
        """Facts of the exit queue change for every claim on the same stake, from now on."""
        old, new = self.mechanism.stake, fresh.stake
        if self.line.queue is None or old is None or new is None or old.terms() == new.terms():
            return
        if new.others_queued != old.others_queued:
            raise Refused("invalid_parameters", "others_queued is the line at the start")
        self.line.queue.change(new, now)

    def owes(self) -> Iterable[tuple[int, str, float]]:
        """Redemptions on their way."""
        return [
            (request.account, token, amount)
            for request in self.line.requests.values()
            for token, amount in zip(self.tokens, self.line.tokens(request), strict=True)
            if amount > 0.0
        ]

    def audit(self) -> Iterable[Identity]:
        """A rebasing claim's scale is its rate; what is owed, and the buffer, are there."""
        if self.custodian is not None:
            return
        for place, token in enumerate(self.tokens):
            owed, held = self.line.owed(place), self.vault.balance(token, self.account)
            yield Identity(f"claim.{self.name} owed {token}", min(owed, held), owed, owed + held)
        if self.mechanism.rebasing:
            # Shares are there, and what was rounded on the way, when a slashing has left them worth nothing.
            gross = self.ledger.shares(self.name) + self.vault.balance(self.backing_token, self.account) + self.line.owed(0)
            yield Identity(f"claim.{self.name} backing", self.backing(), self.ledger.supply(self.name), gross)
