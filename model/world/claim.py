"""A claim token in place: its backing, its way in and out, its rebases and impairments."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from model.claims.base import Claim
from model.core.actions import ALL, Collect, Mint, Redeem
from model.core.errors import Refused
from model.core.journal import Register
from model.core.units import YEAR
from model.world.accounts import OUTSIDE
from model.world.audit import Identity
from model.world.target import Call, Target

if TYPE_CHECKING:
    from model.world.world import World


@dataclass(frozen=True, slots=True)
class Request:
    """A redemption on its way: whose, how much backing, when it is due (seconds)."""

    account: int
    amount: float
    due: float


class Custodian(Protocol):
    """What holds the backing of a bridged form on another chain: its bridge."""

    def standing(self, chain: str) -> float:
        """Tokens of the home chain that stand behind the form on ``chain``."""


class ClaimToken(Target):
    """A token that stands on another. The backing is a ledger balance of the claim's own account; the exchange rate follows from it.

    For a rebasing claim the ledger's scale carries the rate, so that one token is worth one unit of backing while it is whole.
    Requests that wait hold backing set aside in ``queued``: it is owed to them and stands behind no token any more.
    """

    verbs = frozenset({"mint", "redeem", "collect"})

    def __init__(self, world: World, token: str, chain: str, mechanism: Claim) -> None:
        super().__init__(world, token, chain, world.accounts.open(f"claim {token}"))
        self.mechanism = mechanism
        self.ledger = world.open_ledger(chain)
        self.backing_token = mechanism.backing[0]
        self.ledger.register(token)
        self.ledger.register(self.backing_token)
        self.requests: Register[int, Request] = Register(world.journal)
        self.queued = 0.0
        self.accrued_at = world.clock.now
        self.impaired = 0.0
        """Backing lost so far, for attribution."""
        self.custodian: Custodian | None = None
        """Bridge that holds the backing, of a bridged form."""

    def open_backing(self, supply: float, rate: float = 1.0) -> None:
        """Genesis: ``supply`` tokens exist outside the model's agents, at ``outside``, backed at ``rate`` each; agents' genesis holdings
        are taken from there by :meth:`Ledger.move`.
        """
        self.ledger.create(self.name, OUTSIDE, supply, "genesis")
        self.ledger.create(self.backing_token, self.account, supply * rate, "genesis")

    def backing(self) -> float:
        """Units of backing that stand behind the tokens in existence."""
        if self.custodian is not None:
            return self.custodian.standing(self.chain)
        return self.ledger.balance(self.backing_token, self.account) - self.queued

    def price_of_one(self) -> float:
        """Exchange rate: units of backing per token (1 for a token never minted)."""
        supply = self.ledger.supply(self.name)
        return self.backing() / supply if supply > 0.0 else 1.0

    def yield_per_year(self) -> float:
        """Simple yearly rate at which backing grows now."""
        return self.mechanism.reward(1.0, YEAR)

    def observe(self, pair: str) -> tuple[float, float]:
        """The exchange rate, for feeds."""
        return self.price_of_one(), self.backing()

    def next_accrual(self) -> float | None:
        """Time of the next accrual (seconds), None for a claim that never accrues."""
        period = self.mechanism.period()
        return None if period is None else self.accrued_at + period

    def accrue(self) -> None:
        """Add the rewards since the last accrual to the backing; a rebasing claim raises every balance."""
        now = self.world.clock.now
        reward = self.mechanism.reward(self.backing(), now - self.accrued_at)
        self.accrued_at = now
        if reward > 0.0:
            self.ledger.create(self.backing_token, self.account, reward, "outside")
        elif reward < 0.0:
            self.ledger.destroy(self.backing_token, self.account, -reward, "burn")
        self._rescale()
        self._note("rebase", reward)

    def impair(self, amount: float) -> None:
        """Destroy backing (slashing, a defaulted issuer): every holder bears it alike."""
        lost = min(amount, self.backing())
        self.ledger.destroy(self.backing_token, self.account, lost, "burn")
        self.impaired += lost
        self._rescale()
        self._note("impair", -lost)

    def dilute(self, amount: float, holder: int) -> None:
        """Mint ``amount`` of the token to ``holder`` with nothing behind it: every holder bears it alike."""
        lost = amount * self.price_of_one()
        self.ledger.create(self.name, holder, amount, "claim")
        self._rescale()
        self.mark_impaired(lost)

    def mark_impaired(self, lost: float) -> None:
        """Note a loss of backing that has happened (here, or at the bridge that holds it)."""
        self.impaired += lost
        self.world.board.version += 1
        self._note("impair", -lost)

    def mint(self, call: Call, action: Mint) -> float:
        """Give backing for the claim; returns tokens minted."""
        if not self.mechanism.mintable(call.now):
            raise Refused("closed", self.name)
        rate = self.price_of_one()
        amount = self.ledger.move(self.backing_token, call.sender, self.account, action.amount)
        if not amount > 0.0 or not rate > 0.0:
            raise Refused("invalid_amount", f"{amount} at rate {rate}")
        self.ledger.create(self.name, call.sender, amount / rate, "claim")
        self._note("mint", amount)
        return amount / rate

    def redeem(self, call: Call, action: Redeem) -> float:
        """Give tokens back for backing, at once or through the queue; returns the backing that is paid or owed."""
        held = self.ledger.balance(self.name, call.sender)
        amount = held if action.amount == ALL else action.amount
        rate = self.price_of_one()
        wait = self.mechanism.wait(self.queued, amount * rate, call.now)
        if wait is None:
            raise Refused("closed", self.name)
        paid = amount * rate
        if not paid > 0.0:
            raise Refused("invalid_amount", f"{amount} {self.name}")
        self.ledger.destroy(self.name, call.sender, ALL if action.amount == ALL else amount, "claim")
        name = self.world.accounts.name(call.sender)
        if wait <= 0.0:
            self.ledger.move(self.backing_token, self.account, call.sender, paid)
            self._note("redeem", paid)
            return paid
        number = self.world.number("redemptions")
        self.requests[number] = Request(call.sender, paid, call.now + wait)
        self.queued += paid
        self.world.events.emit("redemptions", call.now, self.chain, number, self.name, name, "requested", paid, call.now + wait)
        return paid

    def collect(self, call: Call, action: Collect) -> float:
        """Collect one finished redemption (its number) or, without a number, all of the sender's; returns the backing paid."""
        wanted = [
            number
            for number, request in self.requests.items()
            if request.account == call.sender and request.due <= call.now and action.item in (None, number)
        ]
        if not wanted:
            raise Refused("nothing_due", f"{action.item}")
        return sum(self._settle(number, call.now) for number in wanted)

    def stands_on(self) -> dict[str, float]:
        """Backing per token."""
        return {self.backing_token: self.price_of_one()}

    def owes(self) -> Iterable[tuple[int, str, float]]:
        """Redemptions on their way."""
        return [(request.account, self.backing_token, request.amount) for request in self.requests.values()]

    def audit(self) -> Iterable[Identity]:
        """A rebasing claim's scale is its rate; what waits is owed."""
        owed = sum(request.amount for request in self.requests.values())
        yield Identity(f"claim.{self.name} queued", self.queued, owed, self.queued + owed)
        if self.mechanism.rebasing:
            supply = self.ledger.supply(self.name)
            yield Identity(f"claim.{self.name} backing", self.backing(), supply, supply + self.backing())

    def _settle(self, number: int, now: float) -> float:
        request = self.requests[number]
        del self.requests[number]
        self.ledger.move(self.backing_token, self.account, request.account, request.amount)
        self.queued = self.queued - request.amount if self.requests else 0.0
        name = self.world.accounts.name(request.account)
        self.world.events.emit("redemptions", now, self.chain, number, self.name, name, "settled", request.amount, request.due)
        return request.amount

    def _rescale(self) -> None:
        if self.mechanism.rebasing:
            supply = self.ledger.supply(self.name)
            if supply > 0.0:
                self.ledger.rescale(self.name, self.ledger.scale(self.name) * self.backing() / supply)
        self.world.board.version += 1

    def _note(self, step: str, amount: float) -> None:
        self.world.events.emit("claims", self.world.clock.now, self.chain, self.name, step, amount, self.price_of_one())
