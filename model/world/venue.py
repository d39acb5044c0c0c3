"""A trading venue in place: a mechanism over ledger balances."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from model.core.actions import ALL, AddLiquidity, Collect, Govern, RemoveLiquidity, Swap
from model.core.errors import Refused
from model.venues.base import Change, Fill, Pool, Venue
from model.world.accounts import OUTSIDE
from model.world.audit import Identity
from model.world.share_sale import share_sale, share_spot
from model.world.target import Call, Target

if TYPE_CHECKING:
    from model.world.world import State, World


class TradingVenue(Target):
    """A venue in place. Its reserves are its ledger balances; its shares are a ledger token of the venue's name.

    Shares that are a token are sold like any other, for one of the venue's tokens (see ``share_sale``).

    A venue whose mechanism is exogenous (a reference book) has no reserves: it settles against ``outside`` at the board's true prices.
    ``governors`` are the accounts that may govern, everybody where there are none.
    """

    verbs = frozenset({"swap", "add_liquidity", "remove_liquidity", "collect", "govern"})

    def __init__(self, world: World, name: str, chain: str, tokens: Sequence[str], mechanism: Venue) -> None:
        super().__init__(world, name, chain, OUTSIDE if mechanism.exogenous else world.accounts.open(f"venue {name}"))
        self.tokens = tuple(tokens)
        self.mechanism = mechanism
        self.ledger = world.open_ledger(chain)
        for token in (*self.tokens, name):
            self.ledger.register(token)
        self.treasury = self.account if mechanism.exogenous else world.accounts.open(f"treasury {name}")
        self.place = {token: index for index, token in enumerate(self.tokens)}
        self.governors: tuple[int, ...] = ()
        self.state = mechanism.start(len(self.tokens), world.clock.now)
        self._told: tuple[State, Pool] | None = None

    def pool(self) -> Pool:
        """What the mechanism is told now."""
        state = self.world.state
        if self._told is None or self._told[0] != state:
            self._told = state, self._pool(state[2])
        return self._told[1]

    def _pool(self, now: float) -> Pool:
        if self.mechanism.exogenous:
            true = self.world.board.true
            return Pool((), 0.0, self.state, now, tuple([true[token] for token in self.tokens]))
        ledger, account = self.ledger, self.account
        return Pool(tuple([ledger.balance(token, account) for token in self.tokens]), ledger.supply(self.name), self.state, now)

    def offers(self, sell: str, buy: str) -> bool:
        """Whether the pair trades here; shares are sold for any of the tokens."""
        return sell != buy and buy in self.place and (sell in self.place or (sell == self.name and self.issues))

    def spot(self, sell: str, buy: str) -> float:
        """Marginal price before fees, buy tokens per sell token; not a number where the venue has run dry."""
        try:
            place = self.place.get(sell)
            return share_spot(self, buy) if place is None else self.mechanism.spot(self.pool(), place, self.place[buy])
        except Refused:
            return math.nan

    def quote(self, sell: str, buy: str, amount: float) -> Fill:
        """What a sale of ``amount`` would get; changes nothing."""
        if sell == self.name:
            return share_sale(self, buy, amount).fill
        return self.mechanism.swap(self.pool(), self.place[sell], self.place[buy], amount)

    def after(self, pool: Pool, sell: int, buy: int, amount: float) -> Pool:
        """The pool as it would stand after a sale of ``amount``; for what-if questions, changes nothing."""
        fill = self.mechanism.swap(pool, sell, buy, amount)
        balances = list(pool.balances)
        if balances:
            balances[sell] += amount
            balances[buy] -= fill.received
        return pool._replace(balances=tuple(balances), state=fill.state)

    def observe(self, pair: str) -> tuple[float, float]:
        """Marginal price and depth (in the numeraire token) for feeds; of a token alone its units behind one share."""
        token, slash, numeraire = pair.partition("/")
        if not slash:
            return super().observe(pair)
        return self.spot(token, numeraire), self.mechanism.depth(self.pool(), self.place[token], self.place[numeraire])

    def swap(self, call: Call, action: Swap) -> float:
        """Sell exactly; returns what was received."""
        if not self.offers(action.sell, action.buy):
            raise Refused("not_offered", f"{action.sell}/{action.buy} on {self.name}")
        amount = self.ledger.balance(action.sell, call.sender) if action.amount == ALL else action.amount
        if not amount > 0.0:
            raise Refused("invalid_amount", f"{amount} {action.sell}")
        purpose = call.because.kind if call.because else "trade"
        sterile = purpose in self.world.sterile
        if sterile:
            received, account = amount * self.spot(action.sell, action.buy), OUTSIDE
            if math.isnan(received):
                raise Refused("insufficient_liquidity", self.name)
        else:
            fill, account = self.quote(action.sell, action.buy, amount), self.account
            received = fill.received
        if received < action.min_received:
            raise Refused("slippage", f"{received} of {action.min_received}")
        if action.sell == self.name and not sterile:
            self.ledger.create(self.name, self.treasury, share_sale(self, action.buy, amount).protocol, "claim")
            self.ledger.destroy(self.name, call.sender, amount, "claim")
        else:
            self.ledger.move(action.sell, call.sender, account, amount)
        self.ledger.move(action.buy, account, call.sender, received)
        if not sterile:
            self.state = fill.state
        item = call.because.item if call.because else -1
        self.world.events.emit(
            "swaps", call.now, self.chain, self.name, self.world.accounts.name(call.sender), action.sell, action.buy, amount, received,
            received / amount, purpose, item, sterile,
        )  # fmt: skip
        return received

    def add_liquidity(self, call: Call, action: AddLiquidity) -> float:
        """Add tokens, in the venue's or any order; returns shares minted."""
        given = dict(action.amounts)
        unknown = set(given) - set(self.place)
        if unknown:
            raise Refused("not_offered", ", ".join(sorted(unknown)))
        held = {token: self.ledger.balance(token, call.sender) for token in given}
        amounts = tuple(held[token] if given.get(token, 0.0) == ALL else given.get(token, 0.0) for token in self.tokens)
        change = self.mechanism.add(self.pool(), amounts, action.terms, call.sender)
        if change.shares < action.min_shares:
            raise Refused("slippage", f"{change.shares} of {action.min_shares} shares")
        for token, amount in zip(self.tokens, change.amounts, strict=True):
            if amount > 0.0:
                self.ledger.move(token, call.sender, self.account, amount)
        if self.mechanism.fungible:
            self.ledger.create(self.name, call.sender, change.shares, "claim")
        self._settle(call, change, change.shares)
        return change.shares

    def remove_liquidity(self, call: Call, action: RemoveLiquidity) -> float:
        """Burn shares; returns the shares burned."""
        fungible = self.mechanism.fungible
        shares = self.ledger.balance(self.name, call.sender) if action.shares == ALL and fungible else action.shares
        pool = self.pool()
        if action.amounts:
            wanted = dict(action.amounts)
            change = self.mechanism.remove_exact(pool, tuple(wanted.get(token, 0.0) for token in self.tokens))
            if change.shares > shares:
                raise Refused("slippage", f"{change.shares} of {shares} shares")
        elif action.token is not None:
            change = self.mechanism.remove_one(pool, shares, self.place[action.token])
        else:
            change = self.mechanism.remove(pool, shares, action.terms, call.sender)
        if fungible:
            burned = ALL if action.shares == ALL and not action.amounts else change.shares
            self.ledger.destroy(self.name, call.sender, burned, "claim")
        self._pay_out(call.sender, change)
        self._settle(call, change, -change.shares)
        return change.shares

    def collect(self, call: Call, action: Collect) -> float:
        """Pay the fees held for the protocol to its treasury; anybody may ask. Returns the tokens paid, all together."""
        change = self.mechanism.protocol_fees(self.pool())
        self._pay_out(self.treasury, change)
        self.state = change.state
        return sum(change.amounts)

    def govern(self, call: Call, action: Govern) -> float:
        """Replace parameters of the mechanism by a revalidated copy; returns how many changed.

        Raises:
            Refused: ``not_a_governor``, and as the mechanism's ``govern``.
        """
        name = self.world.accounts.name(call.sender)
        if self.governors and call.sender not in self.governors:
            raise Refused("not_a_governor", name)
        before = self.mechanism.params.model_dump() if self.mechanism.params is not None else {}
        params, state = self.mechanism.govern(self.pool(), dict(action.changes), action.terms)
        self.mechanism, self.state = type(self.mechanism)(params), state
        for place, value in action.changes:
            self.world.events.emit("governance", call.now, self.chain, self.name, name, place, str(before[place]), str(value))
        return float(len(action.changes))

    def value(self, prices: Sequence[float]) -> float:
        """Value of the reserves at ``prices`` (one per token)."""
        return sum(balance * price for balance, price in zip(self.pool().balances, prices, strict=True))

    def stands_on(self) -> dict[str, float]:
        """Tokens behind one share, where shares are a token."""
        if not self.issues or not self.ledger.supply(self.name) > 0.0:
            return {}
        return dict(zip(self.tokens, self.mechanism.share_value(self.pool()), strict=True))

    @property
    def issues(self) -> bool:
        """Its shares, where they are one token."""
        return self.mechanism.fungible and not self.mechanism.exogenous

    def grant(self, holders: NDArray[np.int64], amounts: NDArray[np.float64]) -> None:
        """Genesis: shares of those who provided the genesis reserves.

        Raises:
            ValueError: shares are no token, or they have fewer.
        """
        provider = self.world.accounts.of(f"providers of {self.name}") if self.ledger.supply(self.name) > 0.0 else OUTSIDE
        held = self.ledger.balance(self.name, provider)
        if float(amounts.sum()) > held * (1.0 + 1e-9):
            raise ValueError(f"{float(amounts.sum()):.6g} shares of {self.name} are wanted at the start, of {held:.6g} that there are")
        self.ledger.move_many(self.name, provider, holders, amounts)

    def audit(self) -> Iterable[Identity]:
        """Reserves are ledger balances and cannot differ; shares without reserves would be a hole."""
        if not self.mechanism.exogenous and self.ledger.supply(self.name) > 0.0 and not any(self.pool().balances):
            yield Identity(f"venue.{self.name} shares without reserves", self.ledger.supply(self.name), 0.0, 0.0)

    def _pay_out(self, taker: int, change: Change) -> None:
        for token, amount in zip(self.tokens, change.amounts, strict=True):
            if amount > 0.0:
                self.ledger.move(token, self.account, taker, amount)

    def _settle(self, call: Call, change: Change, shares: float) -> None:
        self.state = change.state
        if change.locked > 0.0:
            self.ledger.create(self.name, self.account, change.locked, "claim")
        if change.protocol > 0.0:
            self.ledger.create(self.name, self.treasury, change.protocol, "claim")
        usd = [self.world.board.usd(token) for token in self.tokens]
        known = next((price for price in usd if price is not None), 0.0)
        value = sum(amount * (price if price is not None else known) for amount, price in zip(change.amounts, usd, strict=True))
        name = self.world.accounts.name(call.sender)
        self.world.events.emit("liquidity", call.now, self.chain, self.name, name, shares, value if shares > 0 else -value)
