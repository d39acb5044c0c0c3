"""Genesis of a market that holds claims, and of feeds that read each other."""

from __future__ import annotations

import pytest

from tests.agents.broken_bridge import broken_bridge, opened

RUNNERS = {"kind": "runner", "chain": "far", "market": "lend", "token": "dollar_far", "supplied": 250_000.0, "count": 5}


def test_claims_that_a_market_holds_at_genesis_are_part_of_their_supply():
    world = opened(broken_bridge(runners=RUNNERS)).world
    ledger = world.ledgers["far"]
    assert world.targets["lend"].totals()["dollar_far"]["cash"] == 250_000.0
    assert ledger.supply("dollar_far") == 10e6
    assert world.targets["bridge"].locked == pytest.approx(10e6)
    assert ledger.sources("dollar_far")["genesis"] == 0.0


def test_a_posted_feed_that_reads_a_later_one_states_a_price_from_the_start():
    raw = broken_bridge()
    assert list(raw["feeds"]).index("traded") < list(raw["feeds"]).index("coin_usd")
    assert opened(raw).world.targets["traded"].value() == pytest.approx(1.0)
