"""Liquidity providers who leave a pool that fills with a claim, or whose fees do not pay, and come back."""

from __future__ import annotations

from typing import Any

import pytest

from model.core.errors import BadInput
from tests.agents.two_chains import opened, run_for

DAY = 86_400.0
PROVIDERS: dict[str, Any] = {
    "kind": "reacting", "venue": "pool", "claim": "lst", "count": 4, "share": 0.8, "most_share": [0.65, 0.65], "period": 600.0,
    "stays_out": 7_200.0,
}  # fmt: skip
SOLD = {"kind": "depeg_seller", "venue": "pool", "token": "lst", "into": "eth"}
FALL = {"sold": {**SOLD, "at": 3_600, "amount": 9_000.0, "over": 3_600}}


def world(shocks: dict[str, Any] | None = None, **providers: Any):
    return opened({"providers": {**PROVIDERS, **providers}}, shocks=FALL if shocks is None else shocks)


def shares(model) -> float:
    first = model.world.accounts.of("providers")
    return sum(model.world.ledgers["ethereum"].balance("pool", first + place) for place in range(4))


def moves(model):
    """What the providers did to the pool since the start."""
    frame = model.world.events.frame("liquidity")
    return frame[frame["account"].str.startswith("providers[")]


def agents(model):
    return [agent for agent in model.deciders if hasattr(agent, "limits")]


def test_they_leave_in_proportion_when_the_claim_fills_the_pool():
    model = world()
    pool = model.world.targets["pool"]
    assert shares(model) == pytest.approx(0.8 * pool.pool().shares)
    run_for(model, 3_600.0)
    assert shares(model) > 0.0
    run_for(model, 3_600.0 + 900.0)
    assert shares(model) == 0.0
    left = moves(model)
    first = model.world.accounts.of("providers")
    lst, eth = (sum(model.world.ledgers["ethereum"].balance(token, first + place) for place in range(4)) for token in ("lst", "eth"))
    assert len(left) == 4
    # The first to look sees .65 and no more than the last slice sold beyond it.
    assert 0.64 < lst / (lst + eth) < 0.72
    assert agents(model)[0].claim_share(model._views[0], pool) > 0.65


def test_who_bears_more_stays_and_the_price_falls_further_where_others_leave():
    calm, nervous = world(most_share=[0.99, 0.99]), world()
    for model in (calm, nervous):
        run_for(model, 3.0 * 3_600.0)
    prices = [model.world.targets["pool"].spot("lst", "eth") for model in (calm, nervous)]
    assert shares(calm) > 0.0 == shares(nervous)
    assert prices[0] > 0.97
    assert 1.0 - prices[1] > 3.0 * (1.0 - prices[0])


def test_they_return_when_the_pool_is_back_and_their_time_is_over():
    back = {**SOLD, "token": "eth", "into": "lst", "at": 7_800, "amount": 8_500.0}
    model = world({**FALL, "back": back})
    run_for(model, 3_600.0 + 3_600.0 + 900.0)
    assert shares(model) == 0.0
    run_for(model, 3_600.0)
    pool = model.world.targets["pool"]
    assert agents(model)[0].claim_share(model._views[0], pool) < 0.6
    assert shares(model) == 0.0  # too early
    run_for(model, 2.0 * 3_600.0)
    assert shares(model) > 0.0
    gone, returned = (moves(model).query(query).set_index("account")["time"] for query in ("shares < 0", "shares > 0"))
    assert (returned - gone).min() >= 7_200.0
    assert all(agent.left_at is None for agent in agents(model))


def test_they_stay_away_while_the_pool_is_not_far_enough_below():
    """Back at a share of .55: below .65, and not below .65 - .2."""
    back = {**SOLD, "token": "eth", "into": "lst", "at": 7_800, "amount": 2_500.0}
    far, near = (world({**FALL, "back": back}, returns_below=below, stays_out=0.0) for below in (0.2, 0.05))
    for model in (far, near):
        run_for(model, 3.0 * 3_600.0)
    assert agents(far)[0].claim_share(far._views[0], far.world.targets["pool"]) == pytest.approx(0.5515, abs=0.001)
    assert shares(far) == 0.0 < shares(near)


def test_a_claim_counts_at_its_rate():
    model = world({"slash": {"kind": "slashing", "claim": "lst", "at": 600, "severity": 0.5}})
    run_for(model, 900.0)
    assert agents(model)[0].claim_share(model._views[0], model.world.targets["pool"]) == pytest.approx(0.5 / 1.5)


def test_a_loss_of_the_claim_drives_them_out_for_good():
    slash = {"slash": {"kind": "slashing", "claim": "lst", "at": 1_000, "severity": 0.1}}
    model = world(slash, impairment=0.05, stays_out=0.0)
    run_for(model, DAY)
    assert shares(model) == 0.0
    assert len(moves(model)) == 4
    assert shares(world(slash, impairment=0.2)) > 0.0


TRADERS = {
    f"trade{hour}": {**SOLD, "at": 3_600 * hour, "amount": 2_000.0, **({"token": "eth", "into": "lst"} if hour % 2 else {})}
    for hour in range(1, 48)
}  # fmt: skip


def test_fees_that_do_not_pay_drive_them_out_and_trades_keep_them():
    """2,000 an hour at .04 % against 40,000 in the pool: 17.5 % a year, half of it for the pool's administrator."""
    idle = world({}, required_fees=[0.02, 0.02], window=DAY)
    busy = world(TRADERS, required_fees=[0.02, 0.02], window=DAY)
    demanding = world(TRADERS, required_fees=[0.5, 0.5], window=DAY)
    for model in (idle, busy, demanding):
        run_for(model, DAY)
        assert shares(model) > 0.0  # a window is not over yet
        run_for(model, 0.5 * DAY)
    assert shares(idle) == shares(demanding) == 0.0
    assert shares(busy) == pytest.approx(0.8 * busy.world.targets["pool"].pool().shares)


def test_a_pool_without_the_claim_is_refused():
    with pytest.raises(BadInput, match=r"agents\.providers\.venue"):
        world(claim="usdc")
