from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from experiments.build import placing
from experiments.inputs import Inputs
from experiments.load import read
from experiments.run import open_ecosystem
from model.core.errors import BadInput, Refused
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


RESTRICTED = {"kind": "tokenised_real_world", "backing": "usdc", "admitted": ["holders"]}


def restricted(admitted: list[str] | None = None) -> dict[str, Any]:
    """A fund whose shares only the admitted may hold, in a venue and in a market."""
    raw = small()
    claim = RESTRICTED if admitted is None else {**RESTRICTED, "admitted": admitted}
    raw["tokens"]["fund"] = {"chain": "ethereum", "claim": claim, "supply": 1e6}
    raw["feeds"]["fund_eth"] = {
        "chain": "ethereum",
        "mechanism": {"kind": "exchange_rate", "claim": "claim:fund", "times": "feed:usdc_eth"},
    }
    raw["venues"]["fund_pool"] = {
        "chain": "ethereum", "tokens": ["fund", "usdc"], "mechanism": {"kind": "constant_product"}, "reserves": {"fund": 1e4, "usdc": 1e4},
    }  # fmt: skip
    raw["markets"]["aave"]["reserves"]["fund"] = {"feed": "fund_eth", "ltv": 0.5, "liquidation_threshold": 0.6}
    return raw


def test_who_may_not_hold_a_restricted_token_is_named_before_building() -> None:
    with pytest.raises(BadInput) as found:
        read(restricted())
    assert [(fault.place, fault.allowed) for fault in found.value.faults] == [
        ("markets.aave", "'market aave' in tokens.fund.claim.admitted"),
        ("venues.fund_pool.reserves.fund", "'providers of fund_pool' in tokens.fund.claim.admitted"),
        ("venues.fund_pool.tokens", "'venue fund_pool' in tokens.fund.claim.admitted"),
    ]


def test_a_restricted_token_among_the_admitted_is_built() -> None:
    raw = restricted(["market aave", "venue fund_pool", "providers of fund_pool"])
    world = open_ecosystem(read(raw).scenario, 1, Inputs()).world
    assert world.targets["fund_pool"].pool().balances == (1e4, 1e4)


def test_a_population_that_may_not_hold_what_it_is_given_is_one_fault() -> None:
    raw = restricted(["market aave", "venue fund_pool", "providers of fund_pool"])
    raw["agents"]["liquidators"]["capital"]["fund"] = 10.0
    with pytest.raises(BadInput) as found:
        open_ecosystem(read(raw).scenario, 1, Inputs())
    assert [(fault.place, fault.value) for fault in found.value.faults] == [("agents.liquidators", "not_admitted: fund to liquidators[0]")]


@pytest.mark.parametrize(
    ("claim", "place"),
    [
        ({"kind": "pool_share", "tokens": ["gold", "eth"]}, "tokens.above.claim"),
        ({"kind": "pool_share", "tokens": ["eth", "paper"]}, "tokens.above.claim"),
        ({"kind": "synthetic", "backing": "gold"}, "tokens.above.claim"),
        ({"kind": "synthetic", "backing": "eth", "tracks": "gold"}, "tokens.above.claim.tracks"),
    ],
)
def test_a_claim_by_value_on_what_has_none_is_refused(claim: dict[str, Any], place: str) -> None:
    raw = small()
    raw["tokens"]["gold"] = {"chain": "ethereum"}
    raw["tokens"]["paper"] = {"chain": "ethereum", "claim": {"kind": "wrapped", "backing": "gold"}}
    raw["tokens"]["above"] = {"chain": "ethereum", "claim": claim}
    raw["venues"]["gold_pool"] = {"chain": "ethereum", "tokens": ["gold", "usdc"], "mechanism": {"kind": "constant_product"}}
    with pytest.raises(BadInput) as found:
        read(raw)
    assert place in [fault.place for fault in found.value.faults]
    for token, backing in (("paper", "eth"), ("above", "eth")):
        raw["tokens"][token]["claim"] = {"kind": "wrapped", "backing": backing}
    read(raw)


def test_what_a_part_refuses_while_it_is_built_is_a_fault_of_that_part() -> None:
    raw = small()
    raw["agents"]["more"] = {"kind": "depositor", "market": "aave", "token": "steth", "supplied": 200_000.0}
    raw["markets"]["aave"]["reserves"]["steth"]["frozen"] = True
    with pytest.raises(BadInput) as found:
        open_ecosystem(read(raw).scenario, 1, Inputs())
    assert [fault.place for fault in found.value.faults] == ["agents.more"]


def test_what_is_not_there_while_building_is_a_fault_too() -> None:
    for error, said in (
        (KeyError("gold"), "'gold' is not there"),
        (LookupError("no price"), "no price"),
        (Refused("closed", "x"), "closed: x"),
    ):
        with pytest.raises(BadInput) as found, placing("tokens.gold"):
            raise error
        assert [(fault.place, fault.value) for fault in found.value.faults] == [("tokens.gold", said)]
