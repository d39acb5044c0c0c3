"""A hub whose spokes are out of reach, or list what is not there, is refused together with the path that shows it."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from experiments.load import read
from model.core.errors import BadInput
from tests.agents.test_cross_chain_liquidator import HUB, HUB_FEED
from tests.agents.two_chains import two_chains


def with_hub(**rollup: Any) -> dict[str, Any]:
    raw = two_chains({}, markets={"hub": deepcopy(HUB)}, feeds={"lst_eth": HUB_FEED})
    raw["markets"]["hub"]["spokes"]["rollup"].update(rollup)
    return raw


def faults(raw: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(BadInput) as caught:
        read(raw)
    return {fault.place: fault.value for fault in caught.value.faults}


def test_a_sound_hub_is_read_back():
    assert read(with_hub()).scenario.markets["hub"].choice.kind == "hub"


def test_a_spoke_that_no_message_can_reach_is_refused_with_the_path():
    raw = with_hub()
    raw["chains"]["island"] = {}
    raw["markets"]["hub"]["spokes"]["island"] = {"bridge": "lane", "assets": {"eth": {}}}
    found = faults(raw)
    assert found["markets.hub.spokes.island.bridge"] == "ethereum -> lane (between ethereum, rollup) -> island"


def test_unknown_chains_bridges_tokens_and_feeds_are_refused():
    raw = with_hub(bridge="nolane", assets={"lst": {"feed": "lst_eth"}, "usdc": {}, "gold": {}})
    raw["markets"]["hub"]["spokes"]["nowhere"] = {"assets": {"eth": {}}}
    found = faults(raw)
    place = "markets.hub.spokes"
    assert {f"{place}.nowhere", f"{place}.rollup.bridge", f"{place}.rollup.assets.lst", f"{place}.rollup.assets.gold"} <= set(found)
    assert found[f"{place}.rollup.assets.usdc.feed"] == "missing"


def test_a_spoke_on_an_island_is_refused_where_no_bridge_is_named() -> None:
    raw = with_hub()
    raw["chains"]["island"] = {}
    raw["markets"]["hub"]["spokes"]["island"] = {"assets": {"eth": {}}}
    assert faults(raw)["markets.hub.spokes.island.bridge"] == "ethereum -> (no bridge) -> island"
    raw["bridges"]["ferry"] = {"kind": "burn_and_mint", "home": "ethereum", "token": "usdc", "forms": {"island": "usdc"}}
    assert "markets.hub.spokes.island.bridge" not in {fault.place for fault in read(raw).warnings}


def test_a_spoke_over_a_paused_bridge_is_a_warning() -> None:
    raw = with_hub()
    assert not read(raw).warnings
    raw["bridges"]["lane"]["paused"] = True
    (warning,) = read(raw).warnings
    assert (warning.place, warning.value) == ("markets.hub.spokes.rollup.bridge", "ethereum -> lane (paused) -> rollup")
