"""What the verbs of every account market share: rows, amounts given and paid, and what is written to the event log."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from model.core.actions import ALL
from model.core.draws import Floats
from model.core.errors import Refused
from model.markets.base import Market
from model.world.accounts import OUTSIDE
from model.world.claim_state import ClaimState
from model.world.target import Call

ROUNDING = 1e-12
"""Relative excess over what there is that is put down to rounding and cut."""


@dataclass(frozen=True, slots=True)
class Seizure:
    """A settled liquidation, for the event log: amounts in tokens, health of the borrower's row before."""

    row: int
    debt: str
    repaid: float
    collateral: str
    seized: float
    fee: float
    health_before: float
    mechanism: str


class Bookkeeping(Market):
    """A market whose positions are rows of a book. Refuses with ``no_position``, ``invalid_amount``, ``insufficient_liquidity``."""

    def bring_up(self, token: str, amount: float) -> None:
        """Genesis: bring the market's holding of a token to ``amount``; what it holds already counts; claims come from
        outside, where their backing is. Of what was supplied by verbs, that
        part goes which borrowers with opened positions took out before.

        Raises:
            ValueError: the amount is negative: more is owed than was lent.
        """
        if amount < 0.0:
            raise ValueError(f"{self.name}.{token}: debt exceeds deposits by {-amount:.6g}")
        missing = amount - self.cash(token)
        if isinstance(self.world.targets.get(token), ClaimState):
            giver, taker = (OUTSIDE, self.account) if missing >= 0.0 else (self.account, OUTSIDE)
            self.ledger.move(token, giver, taker, abs(missing))
        elif missing >= 0.0:
            self.ledger.create(token, self.account, missing, "genesis")
        else:
            self.ledger.destroy(token, self.account, -missing, "genesis")

    def row_of(self, account: int) -> int:
        """Row of an account that must have one."""
        row = self.book.find(account)
        if row is None:
            raise Refused("no_position", self.world.accounts.name(account))
        return row

    def given(self, call: Call, token: str, amount: float) -> float:
        """Amount that the sender gives: ALL is what it holds."""
        given = self.ledger.balance(token, call.sender) if amount == ALL else amount
        if not given > 0.0:
            raise Refused("invalid_amount", f"{given} {token}")
        return given

    def part_of(self, held: float, amount: float) -> float:
        """``amount`` of ``held``; ALL, and what exceeds it by rounding alone, is all of it.

        Raises:
            Refused: ``invalid_amount`` for nothing, or for more than there is.
        """
        asked = held if amount == ALL else amount
        if not 0.0 < asked <= held * (1.0 + ROUNDING):
            raise Refused("invalid_amount", f"{amount} of {held}")
        return min(asked, held)

    def asked(self, amount: float) -> float:
        """A finite amount above 0."""
        if not 0.0 < amount < ALL:
            raise Refused("invalid_amount", f"{amount}")
        return amount

    def cash(self, token: str) -> float:
        """Tokens that the market holds."""
        return self.ledger.balance(token, self.account)

    def pay(self, token: str, taker: int, amount: float) -> None:
        """Pay tokens out, if there are enough."""
        cash = self.cash(token)
        if amount > cash * (1.0 + ROUNDING):
            raise Refused("insufficient_liquidity", f"{amount} of {cash} {token}")
        if amount > 0.0:
            self.ledger.move(token, self.account, taker, min(amount, cash))

    def gross(self, token: str) -> float:
        """Gross holdings of a token, the measure of every identity in it."""
        return float(np.abs(self.ledger.column(token)).sum())

    def take_from(self, column: int, row: int, amount: float) -> float:
        """Take up to ``amount`` (ALL for everything) off a cell; an exact zero where nothing but rounding would be left."""
        held = self.book.get(column, row)
        taken = held if amount >= held * (1.0 - 1e-15) else amount
        self.book.put(column, row, held - taken)
        return taken

    def note(self, call: Call, verb: str, token: str, amount: float) -> None:
        """Write a lending event."""
        self.world.events.emit("lending", call.now, self.chain, self.name, self.world.accounts.name(call.sender), verb, token, amount)

    def note_liquidation(self, call: Call, sale: Seizure) -> None:
        """Write a liquidation event; the number is that of the sender's thread, or a fresh one."""
        world = self.world
        named = call.because.item if call.because is not None and call.because.kind == "liquidation" else -1
        number = named if named >= 0 else world.number("liquidations")
        debt, collateral = self.usd(sale.debt), self.usd(sale.collateral) if sale.collateral else 0.0
        world.events.emit(
            "liquidations", call.now, self.chain, number, self.name, sale.mechanism, world.accounts.name(self.book.owners[sale.row]),
            world.accounts.name(call.sender), sale.debt, sale.repaid, sale.collateral, sale.seized, sale.repaid * debt,
            sale.seized * collateral, sale.fee * collateral, sale.health_before, self.health_of(sale.row),
            self.causes.get(sale.row, "price"), -1,
        )  # fmt: skip

    def note_bad_debt(self, call: Call, row: int, token: str, parts: dict[str, float]) -> None:
        """Write a bad-debt event for each bearer."""
        name, price = self.world.accounts.name(self.book.owners[row]), self.usd(token)
        for bearer, part in parts.items():
            self.world.events.emit("bad_debt", call.now, self.chain, self.name, name, token, part, part * price, bearer)


def ratio(collateral: Floats, debt: Floats) -> Floats:
    """Health from adjusted collateral and debt values, infinity without debt."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(debt > 0.0, collateral / debt, np.inf)
