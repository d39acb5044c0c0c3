from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from experiments.load import read
from model.core.errors import BadInput
from tests.experiments.small import small

Spoil = Callable[[dict[str, Any]], object]
CASES: dict[str, Spoil] = {
    "venues.curve.chain": lambda raw: raw["venues"]["curve"].update(chain="nowhere"),
    "venues.curve.tokens.1": lambda raw: raw["venues"]["curve"].update(tokens=["eth", "gold"], reserves={}),
    "venues.curve.reserves.usdc": lambda raw: raw["venues"]["curve"]["reserves"].update(usdc=1.0),
    "markets.aave.reserves.gold": lambda raw: raw["markets"]["aave"]["reserves"].update(gold={"feed": "steth_eth"}),
    "markets.aave.reserves.steth.feed": lambda raw: raw["markets"]["aave"]["reserves"]["steth"].update(feed="nothing"),
    "markets.aave.reserves.usdc.feed": lambda raw: raw["markets"]["aave"]["reserves"]["usdc"].pop("feed"),
    "markets.aave.numeraire": lambda raw: raw["markets"]["aave"].update(numeraire="gold"),
    "feeds.steth_eth.mechanism.sources.0": lambda raw: raw["feeds"]["steth_eth"]["mechanism"].update(sources=["venue:uniswap steth/eth"]),
    "feeds.usdc_eth.mechanism.sources.0": lambda raw: raw["feeds"]["usdc_eth"]["mechanism"].update(sources=["price:steth/eth"]),
    "tokens.gold": lambda raw: raw["tokens"].update(gold={"chain": "ethereum"}),
    "tokens.steth.claim.backing": lambda raw: raw["tokens"]["steth"]["claim"].update(backing="steth"),
    "chains.ethereum.gas_token": lambda raw: raw["chains"]["ethereum"].update(gas_token="mana"),
    "agents.borrowers.market": lambda raw: raw["agents"]["borrowers"].update(market="compound"),
    "agents.liquidators.capital": lambda raw: raw["agents"]["liquidators"]["capital"].update(gold=1.0),
    "agents.oracles.chain": lambda raw: raw["agents"]["oracles"].update(chain="nowhere"),
    "correlation.eth/gold": lambda raw: raw.update(correlation={"eth/gold": 0.5}),
    "correlation.eth/usdc": lambda raw: raw.update(correlation={"eth/usdc": 1.5}),
    "markets.aave": lambda raw: raw["feeds"].update(aave={"chain": "ethereum", "mechanism": {"kind": "constant"}}),
}


@pytest.mark.parametrize("place", CASES)
def test_a_reference_to_nothing_is_the_one_fault(place: str) -> None:
    raw = small()
    CASES[place](raw)
    with pytest.raises(BadInput) as found:
        read(raw)
    assert place in {fault.place for fault in found.value.faults}
    assert all(fault.allowed for fault in found.value.faults)


def test_a_feed_may_not_read_another_chain_unless_it_is_relayed() -> None:
    raw = small()
    raw["chains"]["rollup"] = {}
    raw["feeds"]["far"] = {"chain": "rollup", "mechanism": {"kind": "median", "sources": ["feed:steth_eth"]}}
    with pytest.raises(BadInput) as found:
        read(raw)
    assert [fault.place for fault in found.value.faults] == ["feeds.far.mechanism.sources.0"]
    raw["feeds"]["far"]["mechanism"] = {"kind": "relayed", "source": "feed:steth_eth"}
    read(raw)


def test_feeds_in_a_ring() -> None:
    raw = small()
    for name, other in (("a", "b"), ("b", "a")):
        raw["feeds"][name] = {"chain": "ethereum", "mechanism": {"kind": "delayed", "source": f"feed:{other}"}}
    with pytest.raises(BadInput) as found:
        read(raw)
    assert {fault.place: fault.value for fault in found.value.faults} == {"feeds.a.mechanism": "a -> b -> a"}


def test_impossible_correlations() -> None:
    raw = small()
    raw["prices"]["wbtc"] = {"kind": "gbm", "start": 20_000.0}
    raw["correlation"] = {"eth/usdc": 0.9, "eth/wbtc": 0.9, "usdc/wbtc": -0.9}
    with pytest.raises(BadInput) as found:
        read(raw)
    assert [fault.place for fault in found.value.faults] == ["correlation"]
    assert "positive semi-definite" in found.value.faults[0].allowed


def test_a_loss_at_the_trigger_is_a_warning() -> None:
    raw = small()
    raw["markets"]["aave"]["reserves"]["steth"]["bonus"] = 0.3
    assert [warning.place for warning in read(raw).warnings] == ["markets.aave.reserves.steth"]
    assert not read(small()).warnings


@pytest.mark.parametrize("section", ["chains", "prices", "tokens", "venues", "feeds", "markets", "agents", "shocks", "correlation"])
@pytest.mark.parametrize("rubbish", [3, "text", [1], {"x": 3}, {"x": {"kind": 7, "tokens": 3, "reserves": [1], "feed": []}}])
def test_no_shape_of_rubbish_is_more_than_bad_input(section: str, rubbish: object) -> None:
    raw = small()
    raw[section] = rubbish
    with pytest.raises(BadInput):
        read(raw)
