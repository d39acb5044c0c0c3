"""A liquidator that keeps a claim and redeems it at par, where the wait yields more than the sale."""

from __future__ import annotations

from typing import Any

import pytest

from tests.agents.two_chains import opened, run_for

DAY = 86_400.0
FREE = {"kind": "fixed", "rate": 0.0}
PAIR = {
    "kind": "morpho", "chain": "ethereum", "loan": "eth", "collateral": "lst", "numeraire": "eth", "lltv": 0.86, "feed": "stated",
    "rate": FREE,
}  # fmt: skip
FALLING = {"chain": "ethereum", "mechanism": {"kind": "market", "sources": ["venue:pool lst/eth"], "deviation": 0.001}}
RATE = {"chain": "ethereum", "mechanism": {"kind": "exchange_rate", "claim": "claim:lst"}}
CLAIM = {
    "kind": "staked", "rebases": False, "yield_per_year": 0.0, "others_queued": 57_600.0, "others_per_day": 57_600.0,
    "withdrawable_delay": 0.0, "sweep_delay": 0.0,
}  # fmt: skip
DISCOUNTED = {"reserves": {"eth": 3_000.0, "lst": 45_000.0}}
SLASH = {"slash": {"kind": "slashing", "claim": "lst", "at": 600, "severity": 0.1}}
AGENTS: dict[str, Any] = {
    "oracles": {"kind": "honest"},
    "lenders": {"kind": "depositor", "market": "pair", "token": "eth", "supplied": 1_000.0},
    "borrowers": {
        "kind": "pair_borrowers", "market": "pair", "collateral": "lst", "debt": "eth", "count": 5, "total": 100.0, "log_sd": 0.0,
        "highest": 1.05, "health": [1.05, 1.05, 1.05, 1.05],
    },
    "takers": {"kind": "redeeming", "count": 1, "capital": {"eth": 400.0}, "latency": 0.0, "retry": 300.0, "required_yield": 0.15},
}  # fmt: skip


def world(takers: dict[str, Any] | None = None, **sections: Any):
    """Five borrowers whose collateral loses a tenth; the pool pays .9 or so for a token that is redeemed at par in a day."""
    agents = {**AGENTS, "takers": {**AGENTS["takers"], **(takers or {})}}
    given = {"markets": {"pair": PAIR}, "feeds": {"stated": RATE}, "venues": {"pool": DISCOUNTED}, "tokens": {"lst": {"claim": CLAIM}}}
    return opened(agents, **{**given, "shocks": SLASH, **sections})


def taker_of(model):
    return next(agent for agent in model.deciders if agent.account == model.world.accounts.of("takers"))


def held(model, token: str) -> float:
    return model.world.ledgers["ethereum"].balance(token, model.world.accounts.of("takers"))


def test_what_it_keeps_is_redeemed_at_par_and_collected():
    model = world()
    run_for(model, 0.1 * DAY)
    world_, taker = model.world, taker_of(model)
    taken = world_.events.frame("liquidations")
    assert len(taken) > 0
    assert world_.events.frame("swaps").empty
    repaid, seized = taken["repaid"].sum(), taken["seized"].sum()
    (asked,) = [row for row in world_.events.since("redemptions", 0) if row["step"] == "requested"]
    rate = world_.targets["lst"].price_of_one()
    assert rate == pytest.approx(0.9)
    assert asked["amount"] == pytest.approx(rate * seized)
    assert held(model, "eth") == pytest.approx(400.0 - repaid)
    assert (held(model, "lst"), taker.kept) == (0.0, {})
    assert taker.waiting == {"lst": asked["due"]}
    wait = asked["due"] - asked["time"]
    assert wait == pytest.approx((57_600.0 + rate * seized) / 57_600.0 * DAY)
    run_for(model, 1.2 * DAY)
    assert held(model, "eth") == pytest.approx(400.0 - repaid + rate * seized)
    assert taker.waiting == {}
    # Bought at the incentive below par: a day's wait earned more than 15 % a year on the capital.
    assert (rate * seized / repaid - 1.0) * 365.0 * DAY / wait > 0.15


@pytest.mark.parametrize(
    ("reserves", "required", "kept"),
    [
        ({"eth": 20_000.0, "lst": 20_000.0}, 0.0, False),  # the pool pays more than par
        ({"eth": 6_200.0, "lst": 40_000.0}, 0.15, True),
        ({"eth": 6_200.0, "lst": 40_000.0}, 100.0, False),  # a day at 10,000 % a year
    ],
)
def test_it_sells_where_the_sale_brings_more_than_the_wait(reserves, required, kept):
    model = world({"required_yield": required}, venues={"pool": {"reserves": reserves}})
    run_for(model, 0.1 * DAY)
    assert model.world.events.count("liquidations") > 0
    assert model.world.events.frame("swaps").empty == kept
    assert (model.world.events.count("redemptions") > 0) == kept


def test_no_more_waits_than_its_share_of_capital():
    free, bound = world(), world({"most_waiting": 0.1})
    for model in (free, bound):
        run_for(model, 0.5 * DAY)
    due = [
        sum(row["amount"] for row in model.world.events.since("redemptions", 0) if row["step"] == "requested") for model in (free, bound)
    ]
    assert due[0] > 60.0
    assert 0.0 < due[1] <= 0.1 * 400.0 * 1.05


def test_who_cannot_wait_leaves_what_does_not_pay_at_once():
    """The pool pays half of par: only those with the capital to wait gain by it."""
    model = world({"most_waiting": 0.0})
    run_for(model, 0.1 * DAY)
    assert (model.world.targets["pair"].health() < 1.0).sum() == 5
    assert model.world.events.count("liquidations") == model.world.events.count("reverts") == 0


def test_a_closed_way_out_leaves_the_sale():
    model = world(tokens={"lst": {"claim": {**CLAIM, "redemption_opens": "2030-01-01"}}}, feeds={"stated": FALLING})
    run_for(model, 0.2 * DAY)
    assert model.world.events.count("redemptions") == 0
    assert held(model, "lst") == pytest.approx(0.0, abs=1e-9)


BOOK = {"chain": "ethereum", "tokens": ["eth", "usdc"], "mechanism": {"kind": "reference_book", "depth": [1e8, 1e8], "steady": [1]}}


def dollars(**takers: Any):
    """The same debts in usdc: what is redeemed is paid in eth, whose price can fall meanwhile."""
    agents = {
        **AGENTS, "lenders": {**AGENTS["lenders"], "token": "usdc", "supplied": 1e6},
        "borrowers": {**AGENTS["borrowers"], "debt": "usdc"}, "takers": {**AGENTS["takers"], "capital": {"usdc": 1e6}, **takers},
    }  # fmt: skip
    eth = {"kind": "table", "from_start": True, "times": [0, 1200, 1201, 1e6], "values": [2000.0, 2000.0, 1800.0, 1800.0]}
    feed = {"chain": "ethereum", "mechanism": {"kind": "market", "sources": ["price:eth"]}}
    pair = {**PAIR, "loan": "usdc", "numeraire": "usd"}
    sections = {"markets": {"pair": pair}, "venues": {"pool": DISCOUNTED, "book": BOOK}, "prices": {"eth": eth}}
    return opened(agents, tokens={"lst": {"claim": CLAIM}}, feeds={"stated": feed}, **sections)


def test_a_debt_in_another_token_is_hedged_on_the_book_at_once():
    model = dollars(capital={"usdc": 1e6, "eth": 500.0})
    run_for(model, 0.1 * DAY)
    taken, swaps = model.world.events.frame("liquidations"), model.world.events.frame("swaps")
    seized = taken["seized"].sum()
    assert seized > 0.0
    assert set(swaps["venue"]) == {"book"}
    assert set(swaps["sell"]) == {"eth"}
    assert swaps["sold"].sum() == pytest.approx(seized)  # the rate is 1: as much eth as will be paid out
    assert held(model, "usdc") > 1e6  # paid back at once, with the incentive
    run_for(model, 1.2 * DAY)
    assert held(model, "eth") == pytest.approx(500.0)


def test_without_eth_to_hedge_it_sells_the_claim_and_unhedged_it_never_keeps():
    rich = {"capital": {"usdc": 1e6, "eth": 500.0}}
    for model in (dollars(), dollars(**rich, hedged=False), dollars(**rich, required_yield=100.0)):
        run_for(model, 0.1 * DAY)
        assert model.world.events.count("redemptions") == 0
        assert held(model, "lst") == pytest.approx(0.0, abs=1e-9)


def test_the_last_buyer_holds_the_price_where_sellers_take_it_down():
    """Five thousand tokens of collateral under a feed that reads the pool: who sells moves the feed and liquidates the next."""
    many = {**AGENTS["borrowers"], "total": 20_000.0, "count": 40, "highest": 1.3, "health": [1.02, 1.08, 1.15, 1.25]}
    agents = {**AGENTS, "borrowers": many, "lenders": {**AGENTS["lenders"], "supplied": 20_000.0}}
    sell = {"kind": "depeg_seller", "at": 1200, "venue": "pool", "token": "lst", "into": "eth", "amount": 9_000.0}
    lows = []
    for kind in ("inventory", "redeeming"):
        takers = {"kind": kind, "count": 1, "capital": {"eth": 20_000.0}, "latency": 0.0, "retry": 300.0}
        model = opened(
            {**agents, "takers": takers}, markets={"pair": PAIR}, feeds={"stated": FALLING}, tokens={"lst": {"claim": CLAIM}},
            venues={"pool": {"reserves": {"eth": 10_000.0, "lst": 10_000.0}}}, shocks={"sell": sell},
        )  # fmt: skip
        lowest, pool = 1.0, model.world.targets["pool"]
        for _ in range(100):
            model.step()
            lowest = min(lowest, pool.spot("lst", "eth"))
        lows.append(lowest)
        assert model.world.events.count("liquidations") > 5
    dumped, kept = lows
    assert dumped < 0.5 * kept
