"""A sequencer in a run: its halts, the grace period and the sentinel after one, its paid express lane."""

from __future__ import annotations

from experiments.inputs import Inputs
from experiments.load import read
from experiments.run import open_ecosystem, release
from model.core.actions import Transaction, Transfer
from model.core.units import GWEI
from tests.experiments.small import small
from tests.world.test_congestion import CRASH, opened, stepped


def halted(**rules):
    """A crash during a halt of the sequencer that ends at 3,300 s; the grace period lasts half an hour more."""
    raw = small()
    raw["run"]["tick"] = 300.0
    raw["prices"]["eth"] = {"kind": "constant", "value": 2000.0}
    halt = {"kind": "sequencer_halt", "on": "ethereum", "at": 1500, "lasts": 1800}
    raw["shocks"] = {"crash": {**CRASH, "factor": 0.62}, "halt": halt}
    raw["markets"]["aave"]["rules"] = {"kind": "aave_v3", **rules}
    raw["chains"]["ethereum"] |= {"block_time": 12.0, "ordering": {"kind": "sequencer"}, "grace_period": 1800.0}
    model = stepped(open_ecosystem(read(raw).scenario, 1, Inputs()), 24)
    events, start = model.world.events, model.world.clock.start
    lending = events.frame("lending")
    repaid = lending[lending["verb"] == "repay"]["time"] - start
    found = (events.frame("posts")["time"] - start, repaid, events.frame("liquidations")["time"] - start)
    release(model)
    return found


def test_a_sentinel_lets_repayments_through_and_holds_liquidations_back_until_the_grace_period_ends():
    posts, repaid, liquidated = halted(sentinel=True, sentinel_health=0.0)
    for times in (posts, repaid, liquidated):
        assert not times.between(1500.0, 3299.0).any()
    assert repaid.between(3300.0, 5100.0).any()
    assert posts.between(3300.0, 5100.0).any()
    assert liquidated.min() >= 5100.0
    assert liquidated.min() < 5200.0  # liquidators know when it ends


def test_below_the_sentinels_health_liquidations_go_on_in_the_grace_period():
    _, _, liquidated = halted(sentinel=True, sentinel_health=0.95)
    assert liquidated.between(3300.0, 5100.0).any()


def test_without_a_sentinel_the_grace_period_protects_nobody():
    _, _, liquidated = halted(sentinel=False)
    assert liquidated.between(3300.0, 3900.0).any()


def test_express_payers_win_the_liquidations():
    """Two populations asked at the same time: the one that pays for the lane is first wherever both want the same row."""
    raw = small()
    raw["run"]["tick"] = 300.0
    raw["prices"]["eth"] = {"kind": "constant", "value": 2000.0}
    raw["shocks"] = {"crash": CRASH}
    lane = {"kind": "sequencer", "express_advantage": 0.2, "express_price": 1.0}
    raw["chains"]["ethereum"] |= {"block_time": 0.25, "ordering": lane, "gas_price": 0.1}
    ordinary = raw["agents"].pop("liquidators") | {"latency": 0.0, "tip": 0.0}
    raw["agents"] |= {"ordinary": ordinary, "express": ordinary | {"tip": 2.0}}
    model = stepped(open_ecosystem(read(raw).scenario, 1, Inputs()), 16)
    taken = model.world.events.frame("liquidations")
    express = taken["liquidator"].str.startswith("express")
    assert len(taken) >= 3
    assert express.iloc[0], "what both want most, the one that pays takes"
    assert taken.loc[express, "repaid_value"].sum() > 3.0 * taken.loc[~express, "repaid_value"].sum()
    lost = model.world.events.frame("reverts")
    assert lost["account"].str.startswith("ordinary").sum() > 10
    chain, accounts = model.world.chains["ethereum"], model.world.accounts
    spent = {name: 500.0 - min(chain.purses.get(0, accounts.of(name) + place) for place in range(2)) for name in ("ordinary", "express")}
    assert spent["express"] > 0.0
    release(model)


def test_the_express_lane_overtakes():
    ordering = {"kind": "sequencer", "express_advantage": 0.2, "express_price": 1.0}
    model = opened({}, ordering=ordering, block_time=0.25)
    world, chain = model.world, model.world.chains["ethereum"]
    slow, fast = world.accounts.of("lenders"), world.accounts.of("lenders") + 1
    order = []
    for account, tip in ((slow, 0.0), (fast, 2 * GWEI)):
        move = Transfer(target="ethereum", token="usdc", amount=0.0, to=account)
        chain.submit(account, Transaction((move,), tip=tip), world.clock.now)
        model._pending[account] = 1
    world.clock.advance(chain.next_time())
    chain.open_block(world.clock.now)
    order = [account for account, _ in chain.fill(world.clock.now)]
    assert order == [fast, slow]
