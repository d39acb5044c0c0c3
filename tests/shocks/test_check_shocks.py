"""A shock whose target cannot suffer it is bad input, refused before a run with the place, the value and what is allowed."""

from __future__ import annotations

import pytest

from experiments.load import read
from model.core.errors import BadInput
from tests.experiments.small import small
from tests.experiments.two_chains import two_chains

ON_TWO_CHAINS = {
    "bridge": [
        ({"kind": "bridge_drain", "bridge": "circle", "amount": 1.0}, "a bridge of kind canonical, liquidity, lock_and_mint, solvers"),
        ({"kind": "unbacked_mint", "bridge": "gate", "on": "arbitrum", "amount": 1.0}, "burn_and_mint, canonical, lock_and_mint"),
        ({"kind": "unbacked_mint", "bridge": "fast", "on": "arbitrum", "amount": 1.0}, "one of circle, layer, rollup"),
        ({"kind": "bridge_loss", "bridge": "circle"}, "a bridge of kind canonical, lock_and_mint: one of layer, rollup"),
        ({"kind": "bridge_loss", "bridge": "gate"}, "one of layer, rollup"),
        ({"kind": "bridge_loss", "bridge": "fast"}, "one of layer, rollup"),
        ({"kind": "bridge_halt", "bridge": "nowhere"}, "circle"),
    ],
    "on": [
        ({"kind": "unbacked_mint", "bridge": "layer", "on": "ethereum", "amount": 1.0}, "one of arbitrum"),
        ({"kind": "unbacked_mint", "bridge": "circle", "on": "mars", "amount": 1.0}, "one of arbitrum, base, ethereum"),
        ({"kind": "unbacked_mint", "bridge": "circle", "on": "base", "amount": 1.0}, "one of arbitrum, ethereum"),
    ],
    "rule": [({"kind": "bridge_loss", "bridge": "layer", "rule": "chain"}, "bridges.layer.loss_chain, one of arbitrum")],
    "to": [
        ({"kind": "bridge_drain", "bridge": "layer", "amount": 1.0, "to": "nobody"}, "one of outside"),
        ({"kind": "unbacked_mint", "bridge": "layer", "on": "arbitrum", "amount": 1.0, "to": "bridge layer"}, "one of outside"),
    ],
    "claim": [
        ({"kind": "slashing", "claim": "rseth_arb"}, "of a bridged form shock its bridge"),
        ({"kind": "issuer_default", "claim": "steth"}, "none are declared"),
    ],
    "service": [
        ({"kind": "slashing", "claim": "rseth", "service": "oracle"}, "a service: one of avs"),
        ({"kind": "slashing", "claim": "steth", "service": "avs"}, "none are declared"),
    ],
    "venue": [
        ({"kind": "liquidity_leaving", "venue": "book"}, "a pool whose shares are a token: one of camelot"),
        ({"kind": "depth_collapse", "venue": "camelot"}, "a reference book: one of book"),
    ],
    "tokens": [
        ({"kind": "price_crash", "tokens": ["rseth"]}, "one of eth, gold, usdc"),
        ({"kind": "volatility_regime", "tokens": ["rseth_arb"]}, "one of eth, gold, usdc"),
    ],
    "token": [({"kind": "depeg_seller", "venue": "book", "token": "rseth_arb", "into": "usdc", "amount": 1.0}, "one of eth, usdc")],
    "into": [
        ({"kind": "depeg_seller", "venue": "camelot", "token": "eth", "into": "usdc", "amount": 1.0}, "one of eth, rseth_arb"),
        ({"kind": "depeg_seller", "venue": "camelot", "token": "eth", "into": "eth", "amount": 1.0}, "one of rseth_arb"),
    ],
}  # fmt: skip
ON_ONE_CHAIN = [
    ("token", {"kind": "whale_leaving", "market": "aave", "token": "gold"}, "one of eth, steth, usdc"),
    ("when", {"when": "utilisation:aave gold"}, "one of eth, steth, usdc"),
    ("when", {"when": "discount:curve steth"}, "discount:<venue> <claim>/<backing>"),
    ("when", {"when": "discount:curve eth/steth"}, "claims: one of steth"),
    ("when", {"when": "gap:curve eth/steth/book"}, "gap:<venue> <token>/<token>/<book>"),
    ("when", {"when": "spread:curve eth/steth book eth/steth"}, "spread:<venue>"),
    ("when", {"when": "carry:aave eth/usdc"}, "claims: one of steth"),
    ("when", {"when": "price:steth"}, "one of eth, gold, usdc"),
    ("when", {"when": "feed:nothing"}, "one of steth_eth, usdc_eth"),
    ("when", {"when": "mood:eth"}, "one of bad_debt, carry, deviation"),
]


def faults(raw, shock):
    raw["chains"]["base"] = {}
    raw["prices"]["gold"] = {"kind": "constant", "value": 2_000.0}
    raw["shocks"] = {"blow": {"at": 600.0, **shock}}
    with pytest.raises(BadInput) as found:
        read(raw)
    return found.value.faults


@pytest.mark.parametrize(("key", "shock", "allowed"), [(key, *case) for key, cases in ON_TWO_CHAINS.items() for case in cases])
def test_what_a_target_cannot_suffer_is_one_clear_fault(key, shock, allowed):
    [fault] = faults(two_chains(), shock)
    assert fault.place == f"shocks.blow.{key}"
    assert allowed in fault.allowed
    assert "\n" not in str(fault)


@pytest.mark.parametrize(("key", "shock", "allowed"), ON_ONE_CHAIN)
def test_conditions_and_deposits_are_looked_up(key, shock, allowed):
    full = {"kind": "price_crash", "tokens": ["eth"], **shock} if "when" in shock else shock
    [fault] = faults(small(), full)
    assert fault.place == f"shocks.blow.{key}"
    assert allowed in fault.allowed


READABLE = [
    "discount:curve steth/eth", "utilisation:aave usdc", "carry:aave steth/eth", "gap:book eth/usdc/book", "impairment:steth",
    "spread:curve eth/steth curve steth/eth", "deviation:steth_eth", "price:eth",
    "bad_debt:aave", "lowest_health:aave", "gas:ethereum",
]  # fmt: skip


@pytest.mark.parametrize("when", READABLE)
def test_conditions_that_can_be_read_are_let_through(when):
    raw = small()
    raw["shocks"] = {"blow": {"kind": "price_crash", "when": when, "tokens": ["eth"]}}
    read(raw)


def test_nobody_deposits_where_the_token_is_minted():
    raw = small()
    raw["markets"]["vat"] = {"kind": "maker", "chain": "ethereum", "types": {}}
    [fault] = [one for one in faults(raw, {"kind": "whale_leaving", "market": "vat", "token": "dai"}) if one.place == "shocks.blow.market"]
    assert fault.allowed == "one of aave"


def test_a_closed_circle_of_holders_is_respected():
    raw = small()
    raw["tokens"]["fund"] = {
        "chain": "ethereum", "supply": 1e6, "claim": {"kind": "tokenised_real_world", "backing": "usdc", "admitted": ["venue desk"]},
    }  # fmt: skip
    raw["venues"]["desk"] = {
        "chain": "ethereum", "tokens": ["fund", "usdc"], "mechanism": {"kind": "stableswap", "amplification": 100.0},
    }  # fmt: skip
    [fault] = faults(raw, {"kind": "depeg_seller", "venue": "desk", "token": "fund", "into": "usdc", "amount": 1.0})
    assert fault.place == "shocks.blow.token"
    assert "which the seller may not hold" in str(fault)


def test_all_faults_come_together():
    raw = two_chains()
    raw["shocks"] = {
        "one": {"kind": "bridge_drain", "at": 0.0, "bridge": "circle", "amount": 1.0},
        "two": {"kind": "slashing", "at": 0.0, "claim": "rseth_arb"},
        "three": {"kind": "price_crash", "at": 0.0, "tokens": ["wsteth"]},
        "four": {"kind": "bridge_drain", "at": 0.0, "bridge": "layer", "amount": -1.0},
    }
    raw["bridges"]["gate"]["reserves"]["mars"] = 1.0
    with pytest.raises(BadInput) as found:
        read(raw)
    places = {fault.place for fault in found.value.faults}
    assert places == {"shocks.one.bridge", "shocks.two.claim", "shocks.three.tokens", "shocks.four.amount", "bridges.gate.reserves.mars"}
