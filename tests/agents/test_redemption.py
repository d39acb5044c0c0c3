"""Redemption arbitrage: buy the discount, wait in the queue, collect. Exact result 5 comes out of a run."""

from __future__ import annotations

import pytest

from model.claims.exit_queue import redemption_yield
from model.core.units import DAY
from tests.agents.two_chains import opened, run_for

QUEUED = 86_400.0  # at 57,600 ETH a day: 1.5 days ahead
DISCOUNTED = {"reserves": {"eth": 10_000.0, "lst": 36_000.0}}
CLAIM = {
    "kind": "staked", "rebases": False, "yield_per_year": 0.0, "others_queued": QUEUED, "others_per_day": 57_600.0,
    "withdrawable_delay": 0.0, "sweep_delay": 0.0,
}  # fmt: skip
ARBITRAGE = {
    "kind": "redemption", "count": 1, "venue": "pool", "claim": "lst", "backing": "eth", "capital": 10.0, "required_yield": [0.2, 0.2],
    "slice": 1.0,
}  # fmt: skip


def start(**changes: object):
    return opened({"arbitrageurs": {**ARBITRAGE, **changes}}, venues={"pool": DISCOUNTED}, tokens={"lst": {"claim": CLAIM}})


def test_the_yield_of_a_run_is_that_of_the_formula():
    model = start()
    world = model.world
    pool, account = world.targets["pool"], world.accounts.of("arbitrageurs")
    discount = 1.0 - pool.spot("lst", "eth")
    run_for(model, 1.7 * DAY)
    bought, *later = world.events.since("swaps", 0)
    asked, settled = world.events.since("redemptions", 0)[:2]
    assert (asked["step"], settled["step"]) == ("requested", "settled")
    wait = (settled["due"] - asked["time"]) / DAY
    assert wait == pytest.approx(1.5, rel=1e-3)
    paid, got = bought["sold"], settled["amount"]
    earned = (got - paid) / paid * 365.0 / wait
    assert earned == pytest.approx(redemption_yield(discount - pool.mechanism.params.fee, QUEUED / 57_600.0), rel=0.01)
    assert earned > 0.2
    assert world.ledgers["ethereum"].balance("eth", account) == pytest.approx(got - sum(row["sold"] for row in later))
    assert 1.0 - pool.spot("lst", "eth") < 0.05


def test_it_buys_no_further_than_what_the_wait_is_worth():
    model = start(capital=50_000.0, required_yield=[3.0, 3.0])
    world = model.world
    before = world.targets["pool"].spot("lst", "eth")
    run_for(model, 0.2 * DAY)
    pool = world.targets["pool"]
    assert before < pool.spot("lst", "eth") < 1.0
    wait = world.events.since("redemptions", 0)[0]["due"] - world.events.since("redemptions", 0)[0]["time"]
    least = 1.0 / (1.0 + 3.0 * wait / (365 * DAY))
    # The last unit is bought at the price, fee included, at which its own wait still yields 300 % a year.
    assert 1.0 / pool.quote("eth", "lst", 1e-6).received * 1e-6 == pytest.approx(least, rel=2e-3)


def test_closed_redemption_is_left_alone():
    model = opened(
        {"arbitrageurs": ARBITRAGE}, venues={"pool": DISCOUNTED}, tokens={"lst": {"claim": {**CLAIM, "redemption_opens": "2030-01-01"}}}
    )
    run_for(model, DAY)
    assert model.world.events.count("swaps") == 0


def test_a_premium_is_minted_into_and_sold_down_to_what_minting_costs():
    pool = {"reserves": {"eth": 36_000.0, "lst": 10_000.0}}
    agents = {"arbitrageurs": {**ARBITRAGE, "capital": 30_000.0, "least_premium": 0.002}}
    model = opened(agents, venues={"pool": pool}, tokens={"lst": {"claim": CLAIM}})
    world, account = model.world, model.world.accounts.of("arbitrageurs")
    ledger, venue, claim = world.ledgers["ethereum"], world.targets["pool"], world.targets["lst"]
    supply = ledger.supply("lst")
    assert venue.spot("lst", "eth") > 1.01
    run_for(model, 0.2 * DAY)
    assert venue.quote("lst", "eth", 1e-6).received / 1e-6 == pytest.approx(1.002, rel=2e-4)
    minted = sum(row["amount"] for row in world.events.since("claims", 0) if row["step"] == "mint")
    assert minted == pytest.approx(ledger.supply("lst") - supply)
    assert minted > 1_000.0
    assert ledger.balance("eth", account) > 30_000.0 + 0.002 * minted
    assert ledger.balance("lst", account) == 0.0
    assert claim.price_of_one() == pytest.approx(1.0)


def test_who_may_not_hold_a_claim_does_not_mint_it():
    pool = {"reserves": {"eth": 36_000.0, "lst": 10_000.0}}
    fund = {"kind": "tokenised_real_world", "backing": "eth", "admitted": ["venue pool", "providers of pool", "bridge lane"]}
    model = opened({"arbitrageurs": {**ARBITRAGE, "capital": 30_000.0}}, venues={"pool": pool}, tokens={"lst": {"claim": fund}})
    run_for(model, 0.2 * DAY)
    assert model.world.events.count("reverts") == 0
    assert model.world.events.count("swaps") == 0
