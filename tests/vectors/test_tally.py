"""What counts as agreement, and what is set apart."""

import pytest

from tests.vectors.adapters import aave_v3
from tests.vectors.adapters.aave_replay import replay_trace
from tests.vectors.tally import Tally

ASSET = {
    "decimals": 18, "price0": 10**8, "ltv_bps": 8000, "lt_bps": 8500, "bonus_bps": 10500, "reserve_factor_bps": 1000,
    "rate": {"optimal_usage_ray": 8 * 10**26, "base_ray": 0, "slope1_ray": 4 * 10**25, "slope2_ray": 10**27},
}  # fmt: skip
FUNDS = [
    {"op": "supply", "user": "lp", "asset": "DBT", "amount": 10**22, "ok": True},
    {"op": "supply", "user": "alice", "asset": "COL", "amount": 10**19, "ok": True},
]


@pytest.fixture
def tally():
    tally = Tally("file")
    tally.row("row")
    return tally


def replayed(tally, *steps):
    return replay_trace(aave_v3.DIALECT, {"market": {"assets": {"COL": ASSET, "DBT": ASSET}}, "steps": [*FUNDS, *steps]}, tally)


@pytest.mark.parametrize(
    ("found", "recorded", "unit", "agrees"),
    [
        (1e12 + 999.0, 10**12, 1.0, True),
        (1e12 + 1001.0, 10**12, 1.0, False),
        (102.0, 100, 1.0, True),
        (102.1, 100, 1.0, False),
        (100.1, "100", 0.0, False),
        (110.0, 100, 5.0, True),
    ],
)
def test_the_larger_of_the_relative_tolerance_and_the_slack(tally, found, recorded, unit, agrees):
    assert tally.number("x", found, recorded, unit) is agrees
    assert len(tally.mismatches) == (not agrees)


def test_the_slack_grows_with_the_trace(tally):
    assert not tally.number("x", 103.0, 100)
    tally.operation()
    assert tally.number("x", 103.0, 100)
    tally.row("next")
    assert not tally.number("x", 103.0, 100)


def test_a_refusal_that_turns_on_less_than_the_tolerance_is_skipped_and_the_trace_goes_on(tally):
    over = {"op": "withdraw", "user": "alice", "asset": "COL", "amount": 10**19 + 1, "ok": False, "revert": "32"}
    back = {"op": "withdraw", "user": "alice", "asset": "COL", "amount": 10**19, "ok": True, "event": {"withdrawn": 10**19}}
    trace = replayed(tally, over, back)
    assert tally.mismatches == []
    assert (tally.skipped.total(), tally.operations) == (1, 3)
    assert trace.pool.market.supplied("COL", trace.pool.market.book.row(trace.pool.account("alice"))) == 0.0


def test_an_acceptance_that_turns_on_less_than_the_tolerance_is_skipped_too(tally):
    limit = {"op": "borrow", "user": "alice", "asset": "DBT", "amount": 8 * 10**18 + 10**8, "ok": True}
    replayed(tally, limit)
    assert tally.mismatches == []
    assert (tally.skipped.total(), tally.operations) == (1, 2)


@pytest.mark.parametrize(
    "step",
    [
        {"op": "withdraw", "user": "alice", "asset": "COL", "amount": 2 * 10**19, "ok": True},
        {"op": "withdraw", "user": "alice", "asset": "COL", "amount": 10**18, "ok": False, "revert": "35"},
        {"op": "borrow", "user": "alice", "asset": "DBT", "amount": 9 * 10**18, "ok": True},
        {"op": "withdraw", "user": "alice", "asset": "COL", "amount": 10**18, "ok": True, "event": {"withdrawn": 10**18 + 10**10}},
    ],
)
def test_disagreements_are_named(tally, step):
    replayed(tally, step)
    assert len(tally.mismatches) == 1
    assert "withdraw" in tally.mismatches[0] or "borrow" in tally.mismatches[0]
    assert tally.skipped.total() == 0


def test_the_report_counts_and_names(tally):
    tally.operation()
    tally.skip("reason")
    for number in range(7):
        tally.number(f"x{number}", 1e9, 0)
    head, *rest = tally.lines(named=5)
    assert head == "file: 1 rows, 1 operations replayed, 7 numbers compared, skipped 1 (1 reason), 7 mismatches"
    assert len(rest) == 6
    assert tally.skipped_share == 0.5
