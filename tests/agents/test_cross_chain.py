"""Arbitrage between two chains: buy here, send, wait, sell there; capital per chain, and its way back."""

from __future__ import annotations

import pytest

from experiments.load import read
from model.core.actions import Swap, Transaction
from model.core.errors import BadInput
from tests.agents.two_chains import opened, run_for, two_chains

ARBITRAGE = {
    "kind": "cross_chain", "count": 1, "chain": "ethereum", "far_chain": "rollup", "venue": "pool", "far_venue": "pool_r", "token": "lst",
    "far_token": "lst_r", "numeraire": "eth", "far_numeraire": "eth", "bridge": "lane", "capital": 500.0, "far_capital": 500.0,
    "least_gap": 0.003,
}  # fmt: skip
CHEAP = {"pool_r": {"reserves": {"eth": 1500.0, "lst_r": 9000.0}}}


def spread(model) -> float:
    pool, far = model.world.targets["pool"], model.world.targets["pool_r"]
    return far.spot("lst_r", "eth") / pool.spot("lst", "eth") - 1.0


def test_it_buys_where_it_is_cheap_waits_for_the_bridge_and_sells_where_it_is_dear():
    model = opened({"arbitrageurs": ARBITRAGE}, venues=CHEAP)
    world, account = model.world, model.world.accounts.of("arbitrageurs")
    before = spread(model)
    assert before < -0.02
    run_for(model, 600.0)
    bought = world.events.since("swaps", 0)
    assert [(row["venue"], row["buy"]) for row in bought] == [("pool_r", "lst_r")]
    assert world.targets["lane"].in_flight("ethereum") == pytest.approx(bought[0]["bought"] * (1.0 - 1e-4))
    assert world.ledgers["ethereum"].balance("eth", account) == 500.0  # nothing has arrived
    run_for(model, 1800.0)
    sold = world.events.since("swaps", 1)
    assert (sold[0]["venue"], sold[0]["sell"], sold[0]["sold"]) == ("pool", "lst", pytest.approx(bought[0]["bought"] * (1.0 - 1e-4)))
    assert sold[0]["time"] >= bought[0]["time"] + 900.0
    assert sold[0]["bought"] > bought[0]["sold"]
    assert abs(spread(model)) < abs(before)


def test_capital_on_the_cheap_chain_is_the_limit_until_it_is_brought_back():
    stuck = opened({"arbitrageurs": ARBITRAGE}, venues=CHEAP)
    moved = opened({"arbitrageurs": {**ARBITRAGE, "return_bridge": "eth_lane"}}, venues=CHEAP)
    for model in (stuck, moved):
        run_for(model, 86_400.0)
    far = [model.world.events.frame("swaps").query("venue == 'pool_r'")["sold"].sum() for model in (stuck, moved)]
    assert far[0] == pytest.approx(500.0)
    assert far[1] > 700.0
    assert abs(spread(moved)) < abs(spread(stuck))
    assert "eth_lane" in set(moved.world.events.frame("bridge_messages")["bridge"])


def test_no_gap_no_trade():
    model = opened({"arbitrageurs": ARBITRAGE})
    run_for(model, 7200.0)
    assert model.world.events.count("swaps") == 0


def test_a_halted_bridge_stops_it():
    model = opened({"arbitrageurs": ARBITRAGE}, venues=CHEAP)
    model.world.targets["lane"].halt()
    run_for(model, 7200.0)
    assert model.world.events.count("swaps") == 0


def test_a_gap_that_opens_later_wakes_it():
    model = opened({"arbitrageurs": ARBITRAGE})
    world = model.world
    run_for(model, 600.0)
    whale = world.accounts.open("whale")
    world.ledgers["rollup"].move("lst_r", 0, whale, 4000.0)
    sale = Swap(target="pool_r", sell="lst_r", buy="eth", amount=4000.0)
    assert world.chains["rollup"].execute(whale, Transaction((sale,)), world.clock.now).ok
    run_for(model, 3600.0)
    assert world.events.count("swaps") >= 3


def test_names_that_lead_nowhere_are_refused():
    wrong = {"bridge": "nolane", "far_chain": "nowhere", "far_venue": "pool_x", "token": "gold"}
    with pytest.raises(BadInput) as caught:
        read(two_chains({"arbitrageurs": {**ARBITRAGE, **wrong}}))
    places = {fault.place for fault in caught.value.faults}
    assert {f"agents.arbitrageurs.{name}" for name in wrong} <= places


def stocked(venues, bridges=None, held=3000.0, **params):
    """Arbitrageurs without capital who hold the token on the rollup; what they did with it in an hour."""
    given = {**ARBITRAGE, "capital": 0.0, "far_capital": 1.0, **params}
    model = opened({"arbitrageurs": given}, venues=venues, bridges=bridges or {})
    world, account = model.world, model.world.accounts.of("arbitrageurs")
    world.ledgers["rollup"].move("lst_r", 0, account, held)
    model.ask([model._by_account[account]])
    return model, account


def test_what_arrives_is_parted_between_the_chains_by_what_it_brings_on_each():
    """Pools of 5,000 and 20,000: all of it sold here would run the small one down."""
    model, _account = stocked({})
    run_for(model, 7200.0)
    swaps = model.world.events.frame("swaps")
    here, there = (swaps[swaps["venue"] == venue] for venue in ("pool_r", "pool"))
    assert here["sold"].sum() + there["sold"].sum() == pytest.approx(3000.0, rel=1e-3)
    assert 0.1 < here["sold"].sum() / there["sold"].sum() < 0.4
    pool, far = model.world.targets["pool"].spot("lst", "eth"), model.world.targets["pool_r"].spot("lst_r", "eth")
    assert far == pytest.approx(pool, rel=2e-3)
    assert len(swaps) == 2, "what is on its way is not bought a second time"


def test_where_there_is_no_way_back_it_sells_piece_by_piece_and_not_all_at_any_price():
    model, account = stocked({}, held=4000.0, retry=1800.0)
    model.world.targets["lane"].halt()
    spot, left = model.world.targets["pool_r"].spot("lst_r", "eth"), 4000.0
    run_for(model, 7200.0)
    sales = model.world.events.since("swaps", 0)
    assert len(sales) >= 4
    for sale in sales:
        left -= sale["sold"]
        assert sale["bought"] / sale["sold"] > 0.955 * spot
        spot = min(spot, sale["bought"] / sale["sold"])
    assert model.world.ledgers["rollup"].balance("lst_r", account) == pytest.approx(left)
    assert sales[0]["sold"] < 0.7 * 4000.0


def test_the_wait_is_charged_at_the_required_yield():
    """A quarter of an hour at 4,000 a year costs 11 %: more than what the gap leaves."""
    patient, hasty = (opened({"arbitrageurs": {**ARBITRAGE, "required_yield": rate}}, venues=CHEAP) for rate in (0.1, 4000.0))
    for model in (patient, hasty):
        run_for(model, 1200.0)
    sizes = [model.world.events.frame("swaps")["sold"].sum() for model in (patient, hasty)]
    assert sizes[0] > 100.0
    assert sizes[1] == 0.0
