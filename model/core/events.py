"""The closed vocabulary of events, and the log that keeps them as columns: one kind, one table, one Parquet file of a run."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd

from model.core.journal import Journal

KINDS: Final[dict[str, dict[str, str]]] = {
    "liquidations": {
        "id": "number of the liquidation", "market": "name", "mechanism": "kind", "borrower": "account", "liquidator": "account",
        "debt_token": "name", "repaid": "debt token", "collateral_token": "name", "seized": "collateral token",
        "repaid_value": "USD", "seized_value": "USD", "protocol_fee_value": "USD", "health_before": "1", "health_after": "1",
        "cause": "price, rate, impairment, congestion or governance", "because": "number of a liquidation, -1 for none",
    },
    "auctions": {
        "auction": "number", "market": "name", "step": "start, bid, take, redo, end", "account": "account", "lot": "collateral token",
        "debt": "debt token", "price": "debt token per collateral token",
    },
    "swaps": {
        "venue": "name", "account": "account", "sell": "name", "buy": "name", "sold": "sell token", "bought": "buy token",
        "price": "buy per sell token", "purpose": "trade, liquidation or deleveraging", "because": "number, -1 for none",
        "sterilised": "whether it was filled outside (twin run)",
    },
    "liquidity": {
        "venue": "name", "account": "account", "shares": "shares, negative when removed", "value": "USD",
    },
    "lending": {
        "market": "name", "account": "account", "verb": "supply, withdraw, borrow, repay", "token": "name", "amount": "token",
    },
    "update_auctions": {
        "auction": "number of the announced update", "feed": "name", "step": "announced, bid, won, lost, failed, superseded",
        "account": "account", "market": "name", "token": "token paid", "paid": "token", "value": "USD paid",
        "profit_value": "USD expected before payment", "protocol_value": "USD", "builder_value": "USD", "oracle_value": "USD",
    },
    "posts": {"feed": "name", "account": "account", "value": "numeraire per token", "before": "numeraire per token"},
    "bridge_messages": {
        "message": "number, -1 for a failure", "bridge": "name", "token": "name", "step": "sent, arrived; drained, minted, allocated",
        "amount": "token", "to_chain": "name",
    },
    "redemptions": {
        "request": "number, -1 for what is paid at once", "token": "name", "account": "account",
        "step": "requested, settled, written_down; at once (out of a buffer)", "amount": "token", "due": "seconds",
    },
    "claims": {
        "token": "name", "step": "rebase, mint, redeem, impair, slashed by <service>, pay_out, maturity, default",
        "amount": "backing token", "rate": "backing per token",
    },
    "bad_debt": {
        "market": "name", "borrower": "account", "token": "name", "amount": "token", "value": "USD", "borne_by": "loss rule",
    },
    "governance": {"target": "name", "account": "account", "place": "dotted", "before": "text", "after": "text"},
    "shocks": {"shock": "name", "kind": "kind", "step": "start, end"},
    "reverts": {
        "account": "account", "verb": "verb that was refused", "target": "name", "reason": "word", "gas": "gas", "fee": "gas token",
    },
    "refused": {"account": "account", "reason": "expired, no_gas_purse or dropped"},
}  # fmt: skip
"""kind -> column -> unit or meaning. Every table begins with ``time`` (seconds) and ``chain``."""


class EventLog:
    """Events appended to columns. What a reverted transaction emitted is taken back by the journal."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._rows: dict[str, list[tuple[Any, ...]]] = {kind: [] for kind in KINDS}
        self._width = {kind: len(columns) + 2 for kind, columns in KINDS.items()}

    def emit(self, kind: str, time: float, chain: str, *values: Any) -> None:
        """Append one event; ``values`` in the order of :data:`KINDS`.

        Raises:
            TypeError: the number of values is not that of the kind's columns.
        """
        if len(values) + 2 != self._width[kind]:
            raise TypeError(f"event {kind} has {self._width[kind] - 2} columns, {len(values)} given")
        rows = self._rows[kind]
        if self._journal.open:
            self._journal.log(self, kind, len(rows))
        rows.append((time, chain, *values))

    def undo(self, key: str, old: int) -> None:
        """Take back what was emitted since."""
        del self._rows[key][old:]

    def count(self, kind: str) -> int:
        """How many events of a kind there are."""
        return len(self._rows[kind])

    def since(self, kind: str, start: int) -> list[dict[str, Any]]:
        """The events of a kind from number ``start`` on, as dictionaries of the kind's columns."""
        names = ("time", "chain", *KINDS[kind])
        return [dict(zip(names, row, strict=True)) for row in self._rows[kind][start:]]

    def frame(self, kind: str) -> pd.DataFrame:
        """All events of a kind, one row each."""
        return pd.DataFrame.from_records(self._rows[kind], columns=["time", "chain", *KINDS[kind]])
