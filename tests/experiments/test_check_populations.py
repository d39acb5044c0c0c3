"""Populations away from their market, tokens that it does not list, shares that do not add up: each with the one fault that says so."""

from __future__ import annotations

from typing import Any

import pytest

from experiments.load import load, read
from model.core.errors import BadInput
from tests.experiments.small import small
from tests.shocks.test_bridge_shocks import lively


def faults(raw: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(BadInput) as caught:
        read(raw)
    return {fault.place: fault.value for fault in caught.value.faults}


def providers(*shares: float | None) -> dict[str, Any]:
    raw = small()
    for number, share in enumerate(shares):
        raw["agents"][f"lp{number}"] = {"kind": "scheduled", "venue": "curve"} | ({} if share is None else {"share": share})
    return raw


def test_shares_of_a_pool_that_do_not_add_up_are_refused_together() -> None:
    assert faults(providers(0.8, 0.5)) == {"agents.lp1.share": "lp0 0.8 + lp1 0.5 = 1.3 of curve"}
    assert faults(providers(0.1, None)) == {"agents.lp1.share": "lp0 0.1 + lp1 1 = 1.1 of curve"}
    read(providers(0.8, 0.2))


@pytest.mark.parametrize("borrows", [{"eth": 0.5}, {"eth": 0.9, "wsteth": 0.6}, {"eth": 1.5, "wsteth": -0.5}, {"eth": 0.0}])
def test_shares_of_a_loot_that_do_not_add_up_are_refused(borrows: dict[str, float]) -> None:
    tranche = {"amount": 5.0, "market": "core", "chain": "ethereum", "token": "rseth", "borrows": borrows}
    with pytest.raises(BadInput) as caught:
        load("kelp-rseth-2026", {"agents.attacker.tranches": [tranche]})
    allowed = {fault.place: fault.allowed for fault in caught.value.faults}
    assert "add up to 1" in allowed["agents.attacker.tranches.0.borrows"]
    load("kelp-rseth-2026", {"agents.attacker.tranches": [{**tranche, "borrows": {"eth": 0.25, "wsteth": 0.75}}]})


def test_a_loot_goes_to_markets_where_they_are_and_in_tokens_that_they_list() -> None:
    tranche = {"amount": 5.0, "market": "core", "chain": "arbitrum", "token": "usdc", "borrows": {"eth": 1.0}}
    with pytest.raises(BadInput) as caught:
        load("kelp-rseth-2026", {"agents.attacker.tranches": [tranche], "agents.lenders.chain": "ethereum"})
    found = {fault.place: fault.value for fault in caught.value.faults}
    assert found["agents.attacker.tranches.0.chain"] == "'arbitrum', but core stands on ethereum"


def test_who_deals_with_a_market_is_on_its_chain() -> None:
    raw = lively()
    raw["agents"]["borrowers"]["chain"] = "ethereum"
    assert faults(raw) == {"agents.borrowers.chain": "'ethereum', but lend stands on arbitrum"}
    raw["agents"]["borrowers"].pop("chain")
    assert faults(raw) == {"agents.borrowers.chain": "'ethereum', but lend stands on arbitrum"}, "which is the default"


@pytest.mark.parametrize(("who", "key"), [("borrowers", "collateral"), ("borrowers", "debt"), ("keepers", "token"), ("lenders", "token")])
def test_a_market_lists_what_is_dealt_in(who: str, key: str) -> None:
    raw = lively()
    raw["agents"][who][key] = "usdc"
    assert faults(raw) == {f"agents.{who}.{key}": "'usdc', which lend does not list"}


@pytest.mark.parametrize("market", ["compound_v3", "maker_linear", "euler", "morpho", "liquity", "llamma", "compound_v2"])
def test_tokens_of_every_kind_of_market_are_known(market: str) -> None:
    variant = load("liquidation-designs").scenario.variants[market]
    load("liquidation-designs", variant)
    with pytest.raises(BadInput) as caught:
        load("liquidation-designs", {**variant, "tokens.gold": {"chain": "ethereum"}, "prices.gold": {"kind": "constant"},
                                     "agents.borrowers.collateral": "gold"})  # fmt: skip
    assert "agents.borrowers.collateral" in {fault.place for fault in caught.value.faults}


def test_capital_is_held_where_its_tokens_live() -> None:
    raw = lively()
    raw["agents"]["liquidators"]["capital"] = {"rseth": 10.0, "eth": 5.0}
    assert faults(raw) == {"agents.liquidators.capital.rseth": "lives on ethereum"}
    raw["agents"]["liquidators"]["capital"] = {"eth": -5.0}
    assert faults(raw) == {"agents.liquidators.capital.eth": "-5.0"}


@pytest.mark.parametrize(("who", "key"), [("keepers", "market"), ("keepers", "token"), ("borrowers", "collateral"), ("keepers", "chain")])
def test_an_empty_name_is_no_name(who: str, key: str) -> None:
    raw = lively()
    raw["agents"][who][key] = ""
    assert f"agents.{who}.{key}" in faults(raw)
