"""The token ledger of one chain: tokens x holders in that memory order, every change of supply with a named source."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from model.core.actions import ALL
from model.core.errors import Refused
from model.core.journal import Journal, Register, Table
from model.world.accounts import OUTSIDE, Accounts
from model.world.audit import Identity

SOURCES: Final = ("genesis", "outside", "claim", "bridge", "debt", "burn")
"""Where supply comes from and goes to: the state at the start, the wider market, claims minted and redeemed (pool shares too),
bridges, debt-minting markets, destruction."""

_DUST: Final = 1e-12
_ROUNDED: Final = 1e-4
"""Part of the flows by source that counts with the holdings in an audit, so that 1e-13 of what came and went may be lost to rounding."""


class Ledger:
    """Balances of every token of one chain.

    A rebasing token is kept as shares: ``balance = shares x scale``, and a rebase changes one number. All amounts that go in and come
    out are tokens. Sources are booked in shares, so that a rebase needs no entry of its own.

    Raises ``Refused``: ``insufficient_balance`` where a holder other than ``outside`` would go below zero, ``invalid_amount``,
    ``not_admitted``.
    """

    def __init__(self, chain: str, journal: Journal, accounts: Accounts) -> None:
        self.chain = chain
        self.tokens: dict[str, int] = {}
        self._accounts = accounts
        self._shares = Table(journal, 8, accounts.count)
        self._scale: Register[str, float] = Register(journal)
        self._sources: Register[tuple[str, str], float] = Register(journal)
        self._net: Register[str, float] = Register(journal)
        self._journal = journal
        self._admits: dict[str, Callable[[int], bool]] = {}

    def register(self, token: str) -> None:
        """Make a token known on this chain; again is harmless."""
        if token not in self.tokens:
            self.tokens[token] = len(self.tokens)
            self._shares.widen(len(self.tokens))
            self._scale[token] = 1.0

    def admit(self, token: str, admits: Callable[[int], bool]) -> None:
        """Let only those accounts receive ``token`` that ``admits``; others are refused (``not_admitted``)."""
        self._admits[token] = admits

    def admits(self, token: str, holder: int) -> bool:
        """Whether an account may receive a token."""
        admitted = self._admits.get(token)
        return admitted is None or admitted(holder)

    def check_admitted(self, token: str, holder: int) -> None:
        """Refuse (``not_admitted``) a holder who may not receive ``token``."""
        if not self.admits(token, holder):
            raise Refused("not_admitted", f"{token} to {self._accounts.name(holder)}")

    def scale(self, token: str) -> float:
        """Tokens per share (1 for a token that does not rebase)."""
        return self._scale[token]

    def rescale(self, token: str, scale: float) -> None:
        """Rebase: every balance of ``token`` becomes shares x ``scale``. Only a claim's accrual or impairment does this."""
        if not scale >= 0.0:
            raise ValueError(f"scale {scale} of {token}")
        self._scale[token] = scale

    def balance(self, token: str, holder: int) -> float:
        """Tokens that ``holder`` has."""
        if holder >= self._shares.rows:
            return 0.0
        return self._shares.get(self.tokens[token], holder) * self._scale[token]

    def shares_of(self, token: str, holder: int) -> float:
        """Shares that ``holder`` has."""
        return self._shares.get(self.tokens[token], holder) if holder < self._shares.rows else 0.0

    def column(self, token: str) -> NDArray[np.float64]:
        """Balances of all holders, shape (accounts,), a copy."""
        self._shares.grow(self._accounts.count)
        return np.asarray(self._shares.data[self.tokens[token]] * self._scale[token])

    def supply(self, token: str) -> float:
        """Tokens in existence inside the boundary and at ``outside`` together."""
        return self._net.get(token, 0.0) * self._scale[token]

    def shares(self, token: str) -> float:
        """Shares in existence: the supply of a token that does not rebase."""
        return self._net.get(token, 0.0)

    def move(self, token: str, giver: int, taker: int, amount: float) -> float:
        """Move ``amount`` (or ALL) and return what was moved. What exceeds the balance by rounding alone moves the balance."""
        self.check_admitted(token, taker)
        shares = self._take(token, giver, amount)
        column = self.tokens[token]
        self._grow(taker)
        self._shares.add(column, taker, shares)
        return shares * self._scale[token]

    def create(self, token: str, holder: int, amount: float, source: str) -> None:
        """Bring ``amount`` into existence at ``holder``; ``source`` is one of SOURCES."""
        self._check(amount, source)
        self.check_admitted(token, holder)
        shares = amount / self._scale[token]
        self._grow(holder)
        self._shares.add(self.tokens[token], holder, shares)
        self._book(token, source, shares)

    def destroy(self, token: str, holder: int, amount: float, source: str) -> float:
        """Take ``amount`` (or ALL) out of existence at ``holder`` and return it."""
        if amount != ALL:
            self._check(amount, source)
        shares = self._take(token, holder, amount)
        self._book(token, source, -shares)
        return shares * self._scale[token]

    def endow(self, token: str, holders: NDArray[np.int64], amounts: NDArray[np.float64]) -> None:
        """Genesis balances of a population, in one write; ``holders`` are distinct accounts."""
        if self._journal.open:
            raise RuntimeError("genesis is over")
        if len(amounts) and not (np.isfinite(amounts).all() and amounts.min() >= 0.0):
            raise ValueError(f"genesis amounts of {token}: allowed are finite numbers >= 0")
        self._grow(0)
        shares = amounts / self._scale[token]
        self._shares.data[self.tokens[token], holders] += shares
        self._book(token, "genesis", float(shares.sum()))

    def move_many(self, token: str, giver: int, takers: NDArray[np.int64], amounts: NDArray[np.float64]) -> None:
        """Genesis: move from one holder to a population, in one write; ``takers`` are distinct accounts."""
        if self._journal.open:
            raise RuntimeError("genesis is over")
        if token in self._admits:
            for taker in takers[amounts > 0.0].tolist():
                self.check_admitted(token, taker)
        self._grow(0)
        column, shares = self.tokens[token], amounts / self._scale[token]
        self._journal.writes += 1
        self._shares.data[column, takers] += shares
        self._shares.data[column, giver] -= shares.sum()

    def audit(self) -> Iterator[Identity]:
        """Holdings equal the sum of sources, for each token; where all but nothing is left, to the rounding of what has come and gone."""
        for token, column in self.tokens.items():
            shares = self._shares.data[column]
            expected = sum(self._sources.get((token, source), 0.0) for source in SOURCES)
            flows = sum(abs(self._sources.get((token, source), 0.0)) for source in SOURCES)
            gross = float(np.abs(shares).sum()) + _ROUNDED * flows
            yield Identity(f"ledger.{self.chain}.{token}", float(shares.sum()), expected, gross)
            yield Identity(f"ledger.{self.chain}.{token} supply", self._net.get(token, 0.0), expected, gross)
            low = shares[OUTSIDE + 1 :].min(initial=0.0)
            if low < 0.0:
                yield Identity(f"ledger.{self.chain}.{token} lowest holding", float(low), 0.0, 0.0)

    def sources(self, token: str) -> dict[str, float]:
        """Net tokens by source, in units of today's scale."""
        return {source: self._sources.get((token, source), 0.0) * self._scale[token] for source in SOURCES}

    def _take(self, token: str, holder: int, amount: float) -> float:
        column, scale = self.tokens[token], self._scale[token]
        self._grow(holder)
        held = self._shares.get(column, holder)
        if amount == ALL:
            shares = max(held, 0.0)
        elif amount >= 0.0:
            if not scale > 0.0:
                # Of a rebasing token whose backing is gone nobody has any, whatever shares there are.
                if amount > 0.0:
                    raise Refused("insufficient_balance", f"{amount} {token} of 0")
                return 0.0
            shares = amount / scale
        else:
            raise Refused("invalid_amount", f"{amount} {token}")
        if holder != OUTSIDE and shares > held - _DUST * held:
            if shares > held + _DUST * max(held, 1.0):
                raise Refused("insufficient_balance", f"{amount} {token} of {held * scale}")
            self._shares.put(column, holder, 0.0)
            return held
        self._shares.add(column, holder, -shares)
        return shares

    def _grow(self, holder: int) -> None:
        if holder >= self._shares.rows or self._shares.rows < self._accounts.count:
            self._shares.grow(self._accounts.count)

    def _book(self, token: str, source: str, shares: float) -> None:
        self._sources[token, source] = self._sources.get((token, source), 0.0) + shares
        self._net[token] = self._net.get(token, 0.0) + shares

    def _check(self, amount: float, source: str) -> None:
        if source not in SOURCES:
            raise ValueError(f"source {source!r}: allowed are {', '.join(SOURCES)}")
        if not 0.0 <= amount < ALL:
            raise Refused("invalid_amount", f"{amount}")
