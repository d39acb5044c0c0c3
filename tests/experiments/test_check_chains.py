"""Chains and bridges that cannot work: each refused with its place, or warned of where it may be meant."""

from __future__ import annotations

from typing import Any

import pytest

from experiments.inputs import Inputs
from experiments.load import load, read
from experiments.run import open_ecosystem, release
from model.core.actions import VERBS
from model.core.errors import BadInput
from model.world.chain import GAS
from tests.experiments.small import small
from tests.experiments.two_chains import two_chains


def faults(raw: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(BadInput) as caught:
        read(raw)
    return {fault.place: fault.value for fault in caught.value.faults}


def warnings(raw: dict[str, Any]) -> dict[str, str]:
    return {fault.place: fault.value for fault in read(raw).warnings}


def chain(**changes: Any) -> dict[str, Any]:
    raw = small()
    raw["chains"]["ethereum"] |= changes
    return raw


def test_gas_of_some_verbs_is_put_over_the_defaults() -> None:
    params = read(chain(gas={"swap": 1e5})).scenario.chains["ethereum"]
    assert params.gas == {**GAS, "swap": 1e5}
    assert set(GAS) == set(VERBS)
    assert load("two-chain-lst", {"chains.rollup.gas.post": 1.0}).scenario.chains["rollup"].gas == {**GAS, "post": 1.0}


def test_gas_of_verbs_that_there_are_not_and_negative_gas_are_refused() -> None:
    assert faults(chain(gas={"swop": 1e5, "take": 1.0})) == {"chains.ethereum.gas.swop": "unknown verb"}
    assert faults(chain(gas={"take": -5.0})) == {"chains.ethereum.gas.take": "-5.0"}


def test_gas_needs_a_price() -> None:
    assert faults(chain(gas_token="mana")) == {"chains.ethereum.gas_token": "'mana', which has no price"}
    raw = chain(gas_token="mana")
    raw["tokens"]["mana"] = {"chain": "ethereum"}
    assert "chains.ethereum.gas_token" in faults(raw)
    raw["venues"]["mana_pool"] = {"chain": "ethereum", "tokens": ["mana", "usdc"], "mechanism": {"kind": "constant_product"}}
    read(raw)
    assert not warnings(chain(gas_token="steth"))


def test_a_block_holds_a_post_at_least() -> None:
    assert faults(chain(block_gas=80_999.0)) == {"chains.ethereum.block_gas": "80999"}
    assert faults(chain(gas={"post": 2e6}, block_gas=2e6)) == {"chains.ethereum.block_gas": "2e+06"}
    assert "too little for transfer, swap" not in warnings(chain(block_gas=81_000.0))["chains.ethereum.block_gas"]
    assert warnings(chain(block_gas=400_000.0)) == {"chains.ethereum.block_gas": "400000, too little for take"}
    assert not warnings(chain(block_gas=421_000.0))


def test_a_price_for_a_lane_that_does_not_exist_is_a_warning() -> None:
    lane = {"kind": "sequencer", "express_price": 5.0}
    assert list(warnings(chain(ordering=lane))) == ["chains.ethereum.ordering.express_advantage"]
    assert not warnings(chain(ordering={**lane, "express_advantage": 0.2}))


def bridge(name: str, **changes: Any) -> dict[str, Any]:
    raw = two_chains()
    raw["bridges"][name] |= changes
    return raw


@pytest.mark.parametrize("key", ["delays", "finality"])
def test_negative_times_are_refused(key: str) -> None:
    assert faults(bridge("layer", **{key: {"arbitrum": -500.0}})) == {f"bridges.layer.{key}.arbitrum": "-500.0"}


def test_negative_reserves_and_inventories_are_refused() -> None:
    assert faults(bridge("gate", reserves={"ethereum": -1.0})) == {"bridges.gate.reserves.ethereum": "-1.0"}
    assert faults(bridge("fast", inventory={"ethereum": -1.0})) == {"bridges.fast.inventory.ethereum": "-1.0"}


def test_who_waits_for_a_limit_waits_for_it_to_refill() -> None:
    limits = {"limit": 100.0, "limit_refill": 0.0, "over_limit": "wait"}
    assert list(faults(bridge("layer", **limits))) == ["bridges.layer.limit_refill"]
    read(bridge("layer", **{**limits, "over_limit": "refuse"}))
    read(bridge("layer", **{**limits, "limit_refill": 1.0}))


def test_bridges_that_carry_nothing_are_warnings() -> None:
    assert warnings(bridge("gate", reserves={})) == {"bridges.gate.reserves": "nothing on any chain"}
    assert list(warnings(bridge("fast", inventory={"ethereum": 0.0}))) == ["bridges.fast.inventory"]
    assert list(warnings(bridge("layer", loss="insured"))) == ["bridges.layer.cover"]
    assert not warnings(bridge("layer", loss="insured", cover=5.0))


def test_a_loss_chain_is_one_with_a_form_whatever_the_rule() -> None:
    assert faults(bridge("layer", loss_chain="mars")) == {"bridges.layer.loss_chain": "'mars'"}
    read(bridge("layer", loss_chain="arbitrum"))


def test_a_token_is_bridged_from_where_it_lives() -> None:
    raw = two_chains()
    raw["bridges"] = {"back": {"kind": "lock_and_mint", "home": "arbitrum", "token": "usdc", "forms": {"ethereum": "usdc"}}} | {
        name: raw["bridges"][name] for name in ("layer", "rollup")
    }
    assert faults(raw)["bridges.back.token"] == "usdc lives on ethereum"


def test_solvers_over_solvers_are_refused_with_the_path() -> None:
    raw = two_chains()
    for name, via in (("a", "b"), ("b", "c"), ("c", "a"), ("d", "fast"), ("e", "e")):
        raw["bridges"][name] = {**raw["bridges"]["fast"], "via": via}
    found = faults(raw)
    assert found["bridges.a.via"] == "a -> b -> c -> a"
    assert found["bridges.d.via"] == "d -> fast -> rollup"
    assert found["bridges.e.via"] == "e -> e"
    assert "bridges.fast.via" not in found


def test_feeds_show_the_path_to_a_source_elsewhere_and_round_a_ring() -> None:
    raw = two_chains()
    for name, other in (("a", "b"), ("b", "c"), ("c", "a")):
        raw["feeds"][name] = {"chain": "arbitrum", "mechanism": {"kind": "delayed", "source": f"feed:{other}"}}
    raw["feeds"]["far"] = {"chain": "arbitrum", "mechanism": {"kind": "exchange_rate", "claim": "claim:rseth"}}
    found = faults(raw)
    assert found["feeds.a.mechanism"] == "a -> b -> c -> a"
    assert found["feeds.far.mechanism.claim"] == "far on arbitrum -> claim rseth on ethereum"


def test_a_world_that_cannot_be_built_is_bad_input() -> None:
    raw = two_chains()
    raw["venues"]["camelot"]["reserves"]["eth"] = 0.0
    with pytest.raises(BadInput):
        open_ecosystem(read(raw).scenario, 1, Inputs())
    release(open_ecosystem(read(two_chains()).scenario, 1, Inputs()))
