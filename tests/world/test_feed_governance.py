"""Governance of feeds: the cap's snapshot and its time, deviation and heartbeat, who may, what nobody may, reverts without a trace."""

from __future__ import annotations

import pytest

from experiments.inputs import Inputs
from experiments.load import read
from experiments.run import open_ecosystem
from model.core.actions import Govern, Transfer
from model.core.errors import BadInput
from model.core.units import YEAR
from model.feeds import CappedGrowth, Constant, ExchangeRate, Market
from model.world.board import PriceFeed
from tests.experiments.small import small
from tests.markets.stage import START, Stage


def staged(kind=CappedGrowth, **params):
    stage = Stage(rate=1.2)
    if kind is CappedGrowth:
        params = {"rate": "feed:feed rate", "snapshot_ratio": 1.2, "snapshot_time": START, "growth_per_year": 0.1, **params}
    feed = PriceFeed(stage.world, "feed", "chain", kind(kind.Params.read(params)))
    stage.world.add(feed)
    feed.open()
    return stage, feed


def govern(**changes):
    return Govern(target="feed", changes=tuple(changes.items()))


def test_a_snapshot_and_its_time_fall_out_of_step():
    """The ratio of a year ago with the time of today: the cap lies a year's growth too low, and grows from there."""
    stage, feed = staged()
    stage.warp(YEAR)
    stage.post("rate", 1.26)
    assert feed.value() == 1.26
    now = stage.world.clock.now
    assert stage.do("gov", govern(snapshot_time=now)) == 1
    assert feed.value() == pytest.approx(1.2, rel=1e-12)
    assert stage.do("gov", govern(snapshot_ratio=1.26, snapshot_time=now)) == 2
    assert feed.value() == 1.26
    stage.do("gov", govern(snapshot_ratio=1.1, snapshot_time=now - YEAR, growth_per_year=0.05))
    assert feed.value() == pytest.approx(1.155, rel=1e-12)
    events = stage.world.events.frame("governance")
    assert len(events) == 6
    assert list(events["place"][:1]) == ["snapshot_time"]


def test_offers_are_quoted_anew_after_a_change():
    stage, _ = staged()
    version = stage.world.board.version_on("chain")
    stage.do("gov", govern(snapshot_ratio=1.0))
    assert stage.world.board.version_on("chain") > version


@pytest.mark.parametrize(
    "changes", [{"snapshot_ratio": 0.0}, {"snapshot_ratio": "high"}, {"snapshot_time": "soon"}, {"nonsense": 1.0}, {"rate": "claim:other"}]
)
def test_what_is_impossible_unknown_or_fixed_is_refused_and_changes_nothing(changes):
    stage, feed = staged()
    held = feed.mechanism
    assert stage.refused("gov", govern(**changes)) == "invalid_parameters"
    assert feed.mechanism is held


def test_only_governors_where_there_are_any():
    stage, feed = staged()
    feed.governors = (stage.account("dao"),)
    assert stage.refused("gov", govern(snapshot_ratio=1.0)) == "not_a_governor"
    assert stage.do("dao", govern(snapshot_ratio=1.0)) == 1


def test_a_revert_leaves_no_trace_not_even_in_what_is_read():
    stage, feed = staged(ExchangeRate, claim="feed:feed rate", times=None)
    assert feed.value() == 1.2
    blind, beyond = govern(fixed_at_one=True), Transfer(target="chain", token="eth", amount=1.0, to=stage.account("dao"))
    assert stage.refused("gov", blind, beyond) == "insufficient_balance"
    assert feed.value() == 1.2
    stage.do("gov", blind)
    assert feed.value() == 1.0
    assert feed.mechanism.sources() == ()


def test_deviation_and_heartbeat_of_a_market_feed_and_the_weights_of_its_sources():
    stage, feed = staged(Market, sources=["feed:feed rate"], deviation=0.01, heartbeat=3600.0)
    stage.post("rate", 1.205)
    assert not feed.due()
    stage.do("gov", govern(deviation=0.001))
    assert feed.due()
    stage.do("gov", govern(deviation=0.5, heartbeat=7200.0))
    stage.warp(7199.0)
    assert not feed.due()
    stage.warp(1.0)
    assert feed.due()
    assert stage.refused("gov", govern(weights=[1.0, 1.0])) == "invalid_parameters"
    assert stage.do("gov", govern(weights=[2.0])) == 1


def test_a_constant_is_replaced():
    stage, feed = staged(Constant)
    stage.do("gov", govern(value=0.98))
    assert feed.value() == 0.98


def with_steward(**guardian):
    raw = small()
    raw["prices"]["eth"] = {"kind": "constant", "value": 2000.0}
    raw["feeds"]["capped"] = {
        "chain": "ethereum",
        "mechanism": {"kind": "capped_growth", "rate": "claim:steth", "snapshot_ratio": 1.0, "snapshot_time": "2022-06-10"},
    }
    raw["markets"]["aave"]["reserves"]["steth"]["feed"] = "capped"
    raw["governance"] = {"council": {"chain": "ethereum", "delay": 3600.0, "targets": ["capped"]}}
    raw["agents"]["borrowers"] |= {"managers": 0.0, "active_loops": 0.0}
    raw["agents"]["risk"] = {"kind": "guardian", "target": "capped", "through": "council", "at": 600, **guardian}
    return open_ecosystem(read(raw).scenario, 1, Inputs())


def test_a_wrong_snapshot_passes_the_timelock_and_liquidates():
    model = with_steward(changes={"snapshot_ratio": 0.75})
    feed = model.world.targets["capped"]
    for _ in range(6):
        model.step()
    assert feed.value() == 1.0
    assert not model.world.events.count("liquidations")
    for _ in range(6):
        model.step()
    assert feed.value() == pytest.approx(0.75, rel=1e-4)
    assert model.world.events.count("liquidations") > 0


def test_a_place_that_is_not_there_is_refused_before_the_run():
    with pytest.raises(BadInput, match=r"agents\.risk\.changes\.ratio"):
        with_steward(changes={"ratio": 0.9})


def test_a_timelock_governs_feeds_of_its_chain():
    raw = small()
    raw["governance"] = {"council": {"chain": "ethereum", "targets": ["steth_eth", "nothing"]}}
    with pytest.raises(BadInput) as found:
        read(raw)
    assert [fault.place for fault in found.value.faults] == ["governance.council.targets.1"]
