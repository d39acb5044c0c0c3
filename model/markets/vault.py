"""Kind ``vault``: a curator's vault that lends one token over several isolated pairs, by supply queue and caps.

Source: MetaMorpho (v1.0) _supplyMorpho, _withdrawMorpho, reallocate, _accrueFee.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from model.core.actions import ALL, Supply, Withdraw
from model.core.draws import Floats
from model.core.errors import Refused
from model.core.params import Amounts, Params, param
from model.markets.base import Offer, Rows
from model.markets.bookkeeping import ROUNDING, Bookkeeping
from model.markets.morpho import Morpho
from model.world.book import Book
from model.world.target import Call

if TYPE_CHECKING:
    from model.world.world import World


@dataclass(frozen=True, slots=True)
class Reallocate:
    """Terms of a supply of 0 tokens by the curator: bring the vault's deposits in these markets to these amounts, in this order (ALL for
    the rest, in the last one); what is withdrawn must be supplied again.
    """

    targets: tuple[tuple[str, float], ...]


class VaultParams(Params):
    """A curator's vault."""

    token: str = param(unit="token", description="Token that the vault lends")
    caps: Amounts = param(unit="token", min_length=1, description="Markets in the order of the supply queue, with their caps")
    withdraw_queue: tuple[str, ...] = param(
        (), unit="markets", description="Order in which redemptions drain; empty for the supply queue's"
    )
    curator: str = param("", unit="account", description="Account that may reallocate, empty for nobody")
    fee: float = param(0.0, unit="fraction", ge=0, le=0.5, description="Share of interest that goes to the curator's treasury")
    numeraire: str = param("usd", unit="token or usd", description="Unit of the feed's price")
    feed: str | None = param(None, unit="feed", description="Feed of the token in the numeraire; none where it is the numeraire")
    decimals: int = param(18, unit="1", ge=0, le=36, description="Decimals of the token: the virtual deposit is one base unit")


class Vault(Bookkeeping, kind="vault"):
    """A vault in place. Shares are a ledger token of the vault's name; deposits are rows of the vault's account in the pairs' books.

    What the pairs lose is lost by the shares at once. Redemptions take what is idle, then what is liquid along the withdraw queue; the
    last to ask find the illiquid pairs. Nobody borrows here: the book has no rows and there are no offers.

    Refuses with ``not_listed``, ``invalid_amount``, ``all_caps_reached``, ``insufficient_liquidity``, ``insufficient_balance``,
    ``not_the_curator``, ``inconsistent_reallocation``, ``supply_cap``.
    """

    Params = VaultParams
    params: VaultParams
    lent_in = ("token",)
    shares_are_tokens = True
    verbs = frozenset({"supply", "withdraw", "govern"})
    governed = ("caps", "withdraw_queue", "curator", "fee")

    def __init__(self, world: World, name: str, chain: str, params: VaultParams) -> None:
        super().__init__(world, name, chain, params, params.numeraire)
        self.ledger.register(params.token)
        self.ledger.register(name)
        self.book = Book(world.journal, 1)
        self.treasury = world.accounts.open(f"treasury {name}")
        self.virtual = 10.0**-params.decimals
        self.last_total = 0.0

    def pair(self, name: str) -> Morpho:
        """A pair of the queues.

        Raises:
            Refused: ``not_listed`` where it is none of them or lends another token.
        """
        found = self.world.targets.get(name)
        if name not in self.params.caps or not isinstance(found, Morpho) or found.params.loan != self.params.token:
            raise Refused("not_listed", f"{name} in {self.name}")
        return found

    def lent(self, name: str) -> float:
        """Tokens that the vault has in a pair, to the clock."""
        pair = self.pair(name)
        row = pair.book.find(self.account)
        return 0.0 if row is None else pair.supplied(row)

    def liquid(self, name: str) -> float:
        """Tokens that could be withdrawn from a pair now."""
        return max(min(self.lent(name), self.pair(name).cash(self.params.token)), 0.0)

    def assets(self) -> float:
        """Idle and lent tokens, to the clock."""
        return self.cash(self.params.token) + sum(self.lent(name) for name in self.params.caps)

    def convert(self) -> tuple[float, float, float]:
        """Total assets, tokens per share, and the fee's new shares, to the clock."""
        total, supply = self.assets(), max(self.ledger.supply(self.name), 0.0)  # the last to leave may burn a rounding more
        fee = max(total - self.last_total, 0.0) * self.params.fee
        fresh = fee * (supply + self.virtual) / (total - fee + self.virtual)
        return total, (total + self.virtual) / (supply + fresh + self.virtual), fresh

    def supplied(self, account: int) -> float:
        """Tokens that an account's shares are worth."""
        return self.ledger.balance(self.name, account) * self.convert()[1]

    def stands_on(self) -> dict[str, float]:
        """Tokens behind one share."""
        return {self.params.token: self.convert()[1]} if self.ledger.supply(self.name) > 0.0 else {}

    def observe(self, pair: str) -> tuple[float, float]:
        """Tokens per share, for feeds."""
        return super().observe(pair or self.params.token)

    def open_positions(self, accounts: range, supplied: dict[str, Floats], owed: dict[str, Floats]) -> None:
        """Genesis, before the pairs' ``open_cash``: shares for a population, deposits along the supply queue, the rest idle.

        Raises:
            ValueError: there is debt, or another token.
        """
        if owed or set(supplied) != {self.params.token}:
            raise ValueError(f"{self.name}: a vault takes deposits of {self.params.token} only")
        amounts = supplied[self.params.token]
        self.grant(np.arange(accounts.start, accounts.stop), amounts / self.convert()[1])

    @property
    def issues(self) -> bool:
        """Its shares."""
        return True

    def grant(self, holders: NDArray[np.int64], amounts: Floats) -> None:
        """Genesis: shares, for which tokens are deposited."""
        rest = float(amounts.sum()) * self.convert()[1]
        self.ledger.endow(self.name, holders, amounts)
        self.last_total += rest
        for name, cap in self.params.caps.items():
            part = min(rest, cap - self.lent(name))
            if part > 0.0:
                self.pair(name).open_loan(self.account, part)
                rest -= part
        self.bring_up(self.params.token, self.last_total - sum(self.lent(name) for name in self.params.caps))

    def open_cash(self) -> None:
        """Genesis: nothing is left to do; the pairs hold the cash."""

    def supply(self, call: Call, action: Supply) -> float:
        """Deposit along the supply queue for shares, or let the curator reallocate; returns tokens."""
        self._listed(action.token)
        if isinstance(action.terms, Reallocate):
            return self._reallocate(call, action.terms)
        amount = self.given(call, action.token, action.amount)
        price = self.accrue()
        amount = self.ledger.move(action.token, call.sender, self.account, amount)
        self.ledger.create(self.name, call.sender, amount / price, "claim")
        rest = amount
        for name, cap in self.params.caps.items():
            part = min(rest, cap - self.lent(name))
            if part > 0.0:
                rest -= self._lend(call, name, part)
        if rest > ROUNDING * amount:
            raise Refused("all_caps_reached", f"{rest} {action.token}")
        self.last_total = self.assets()
        self.note(call, "supply", action.token, amount)
        return amount

    def withdraw(self, call: Call, action: Withdraw) -> float:
        """Redeem shares along the withdraw queue; returns tokens."""
        self._listed(action.token)
        price = self.accrue()
        held = self.ledger.balance(self.name, call.sender)
        amount = self.part_of(held * price, action.amount)
        self.ledger.destroy(self.name, call.sender, ALL if action.amount == ALL else min(amount / price, held), "claim")
        idle = min(self.cash(action.token), amount)
        rest = amount - idle
        for name in self.params.withdraw_queue or self.params.caps:
            part = min(rest, self.liquid(name))
            if part > 0.0:
                rest -= self._recall(call, name, part)
        if rest > ROUNDING * amount:
            raise Refused("insufficient_liquidity", f"{rest} of {amount} {action.token}")
        paid = min(amount, self.cash(action.token))
        self.pay(action.token, call.sender, paid)
        self.last_total = self.assets()
        self.note(call, "withdraw", action.token, paid)
        return paid

    def adopt(self, params: VaultParams) -> None:
        """Put new parameters in place; a pair leaves the queue only when it is empty."""
        self.accrue()
        stuck = [name for name in self.params.caps if name not in params.caps and self.lent(name) > 0.0]
        if stuck:
            raise Refused("invalid_parameters", f"deposits in {', '.join(stuck)}")
        self.params = params

    def accrue(self) -> float:
        """Mint the fee's shares; returns tokens per share."""
        total, price, fresh = self.convert()
        if fresh > 0.0:
            self.ledger.create(self.name, self.treasury, fresh, "claim")
        self.last_total = total
        return price

    def price(self, token: str) -> float:
        """Price of the token in the numeraire."""
        return 1.0 if self.params.feed is None else self.read_feed(self.params.feed)

    def totals(self) -> dict[str, dict[str, float]]:
        """Of the token, to the clock; ``cash`` is what could be redeemed now. What is supplied here is supplied in the pairs as well."""
        token, total = self.params.token, self.assets()
        cash = self.cash(token) + sum(self.liquid(name) for name in self.params.caps)
        earned = sum(self.lent(name) * self.pair(name).totals()[token]["supply_rate"] for name in self.params.caps)
        rate = earned / total * (1.0 - self.params.fee) if total > 0.0 else 0.0
        used = 1.0 - cash / total if total > 0.0 else 0.0
        return {token: {"supplied": total, "borrowed": 0.0, "cash": cash, "utilisation": used, "borrow_rate": 0.0, "supply_rate": rate}}

    def health(self, rows: Rows | None = None) -> Floats:
        """No rows."""
        return np.full(len(self.book) if rows is None else len(rows), np.inf)

    def health_of(self, row: int) -> float:
        """Infinity: nobody owes."""
        return float("inf")

    def weigh(self) -> tuple[Floats, Floats]:
        """Nothing is weighed."""
        return np.ones((1, 1)), np.ones((1, 1))

    def offers(self, row: int) -> list[Offer]:
        """None."""
        return []

    def collateral_of(self, account: int) -> dict[str, float]:
        """None."""
        return {}

    def deposits_of(self, account: int) -> dict[str, float]:
        """What an account's shares are worth."""
        worth = self.supplied(account)
        return {self.params.token: worth} if worth > 0.0 else {}

    def participants(self) -> list[int]:
        """Accounts that hold shares."""
        found: list[int] = np.flatnonzero(self.ledger.column(self.name) > 0.0).tolist()
        return found

    def debts_of(self, account: int) -> dict[str, float]:
        """None."""
        return {}

    def _reallocate(self, call: Call, terms: Reallocate) -> float:
        if not self.params.curator or call.sender != self.world.accounts.of(self.params.curator):
            raise Refused("not_the_curator", self.world.accounts.name(call.sender))
        self.accrue()
        moved, idle = 0.0, self.cash(self.params.token)
        for name, target in terms.targets:
            held = self.lent(name)
            if target < held:
                moved += self._recall(call, name, ALL if target == 0.0 else held - target)
                continue
            part = self.cash(self.params.token) - idle if target == ALL else target - held
            if held + part > self.params.caps[name] * (1.0 + ROUNDING):
                raise Refused("supply_cap", f"{held + part} of {self.params.caps[name]} in {name}")
            if part > 0.0:
                self._lend(call, name, part)
        if abs(self.cash(self.params.token) - idle) > ROUNDING * (idle + moved):
            raise Refused("inconsistent_reallocation", f"{self.cash(self.params.token) - idle} left over")
        self.last_total = self.assets()
        return moved

    def _lend(self, call: Call, name: str, amount: float) -> float:
        inner = Call(call.world, call.chain, self.account, call.now, call.because)
        return self.pair(name).supply(inner, Supply(target=name, token=self.params.token, amount=amount))

    def _recall(self, call: Call, name: str, amount: float) -> float:
        inner = Call(call.world, call.chain, self.account, call.now, call.because)
        return self.pair(name).withdraw(inner, Withdraw(target=name, token=self.params.token, amount=amount))

    def _listed(self, token: str) -> None:
        if token != self.params.token:
            raise Refused("not_listed", f"{token} on {self.name}")
