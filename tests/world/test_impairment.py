"""Losses travel up a nest of claims by each claim's own rule, measured as value per token before and after."""

from __future__ import annotations

import pytest

from model.bridges.lock_and_mint import LockAndMint
from model.claims import Bridged, PoolShare, Synthetic
from model.quantities import read
from model.world.claim import ClaimToken
from tests.world.claims import Nest


class DeepNest(Nest):
    """ETH -> stETH -> wstETH -> restaked -> its bridged form there -> shares of pools there, and two synthetics on stETH."""

    def __init__(self) -> None:
        super().__init__()
        world = self.world
        world.board.fix("eth", 2_000.0)
        world.board.fix("gold", 500.0)
        form = ClaimToken(world, "rseth_there", "there", Bridged(Bridged.Params(backing="rseth")))
        world.add(form)
        params = LockAndMint.Params(home="here", token="rseth", forms={"there": "rseth_there"}, loss="bridged")
        self.bridge = LockAndMint(world, "layer", params)
        world.add(self.bridge)
        form.open_backing(2_000.0)
        self.share = self.place("share", PoolShare(PoolShare.Params(tokens=["rseth_there", "gold"])), 1_000.0, chain="there")
        self.mixed = self.place("mixed", PoolShare(PoolShare.Params(tokens=["steth", "gold"])), 1_000.0)
        self.twice = self.place("twice", Synthetic(Synthetic.Params(backing="steth")), 100_000.0, 2.0 / 2_000.0)
        self.thin = self.place("thin", Synthetic(Synthetic.Params(backing="steth")), 100_000.0, 1.2 / 2_000.0)
        self.doubled = self.place("doubled", PoolShare(PoolShare.Params(tokens=["thin"])), 100.0)

    def losses(self) -> dict[str, float]:
        names = ("steth", "wsteth", "rseth", "rseth_there", "share", "mixed", "twice", "thin", "doubled")
        return {name: read(self.world, f"impairment:{name}") for name in names}


@pytest.mark.parametrize("severity", [0.1, 0.5, 1.0])
def test_a_loss_of_the_root_is_borne_whole_along_a_chain_of_single_claims(severity):
    nest = DeepNest()
    nest.steth.impair_share(severity)
    found = nest.losses()
    assert [found[name] for name in ("steth", "wsteth", "rseth", "rseth_there")] == [pytest.approx(severity)] * 4
    assert nest.world.audit() == []


def test_a_share_of_two_tokens_bears_the_part_of_one_by_value():
    nest = DeepNest()
    nest.steth.impair_share(0.1)
    found = nest.losses()
    # A token of rseth_there is 0.8 wstETH = 1 ETH = 2,000; the share holds it beside 500 of gold.
    assert found["share"] == pytest.approx(0.1 * 2_000.0 / 2_500.0)
    assert found["mixed"] == pytest.approx(0.1 * 2_000.0 / 2_500.0)


def test_a_synthetic_bears_what_its_cover_does_not():
    nest = DeepNest()
    nest.steth.impair_share(0.1)
    assert nest.losses()["twice"] == 0.0
    assert nest.losses()["thin"] == 0.0
    nest.steth.impair_share(0.5)
    found = nest.losses()
    assert found["twice"] == pytest.approx(1.0 - 2.0 * 0.9 * 0.5)
    assert found["thin"] == pytest.approx(1.0 - 1.2 * 0.9 * 0.5)
    assert found["doubled"] == pytest.approx(found["thin"])


def test_losses_at_several_depths_multiply():
    nest = DeepNest()
    nest.steth.impair_share(0.1)
    nest.rseth.impair(nest.rseth.backing() * 0.2)
    nest.bridge.drain(500.0)
    found = nest.losses()
    assert (found["steth"], found["wsteth"]) == (pytest.approx(0.1), pytest.approx(0.1))
    assert found["rseth"] == pytest.approx(1.0 - 0.9 * 0.8)
    assert found["rseth_there"] == pytest.approx(1.0 - 0.9 * 0.8 * 0.75)
    # By value: 1,800 beside 500 gold, then 1,440, then 1,080.
    assert found["share"] == pytest.approx(1.0 - (2_300 / 2_500) * (1_940 / 2_300) * (1_580 / 1_940))


def test_a_second_hole_of_a_bridge_is_counted_once():
    nest = DeepNest()
    nest.bridge.drain(500.0)
    nest.bridge.drain(500.0)
    assert nest.losses()["rseth_there"] == pytest.approx(0.5)
    assert nest.losses()["rseth"] == 0.0


def test_a_loss_that_is_spread_falls_on_the_token_at_home_too_and_on_nobody_twice():
    nest = DeepNest()
    nest.bridge.params = nest.bridge.params.replaced(loss="spread")
    nest.bridge.drain(500.0)
    assert nest.losses()["rseth_there"] == pytest.approx(500.0 / 5_500.0), "3,500 at home and 2,000 there stand on 5,000"
    nest.bridge.allocate_loss()
    assert nest.losses()["rseth"] == pytest.approx(500.0 / 5_500.0)
    assert nest.losses()["rseth_there"] == pytest.approx(500.0 / 5_500.0)


def test_an_impairment_inside_a_transaction_leaves_no_trace_after_a_revert():
    nest = DeepNest()
    before = nest.losses()
    nest.world.journal.begin()
    nest.steth.impair_share(0.3)
    assert nest.losses() != before
    nest.world.journal.revert()
    assert nest.losses() == before


def test_events_say_what_each_claim_lost_in_units_of_its_backing():
    nest = DeepNest()
    nest.steth.impair_share(0.1)
    rows = [row for row in nest.world.events.since("claims", 0) if row["step"] == "impair"]
    assert {row["token"]: row["amount"] for row in rows} == {
        "steth": pytest.approx(-10_000.0), "wsteth": pytest.approx(-2_500.0), "rseth": pytest.approx(-400.0),
        "rseth_there": pytest.approx(-200.0), "share": pytest.approx(-80.0), "mixed": pytest.approx(-80.0),
    }  # fmt: skip
