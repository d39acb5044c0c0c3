"""A dollar token that loses its peg after two hours: a book at the true price, a feed that says it and one that says 1, any market."""

from __future__ import annotations

from typing import Any

from experiments.build import build
from experiments.scenario import Scenario
from model.ecosystem import Ecosystem

FLAT = {"kind": "fixed", "rate": 0.0}
ETH = {"feed": "eth_usd"}
KINDS: dict[str, dict[str, Any]] = {
    "pooled": {
        "kind": "pooled",
        "reserves": {
            "eth": {**ETH, "ltv": 0.8, "liquidation_threshold": 0.85, "rate": FLAT},
            "usdc": {"feed": "usdc_usd", "ltv": 0.8, "liquidation_threshold": 0.85, "rate": FLAT},
        },
    },
    "morpho": {
        "kind": "morpho", "loan": "usdc", "collateral": "eth", "feed": "eth_usd", "loan_feed": "usdc_usd", "rate": FLAT, "lltv": 0.86,
    },
    "compound_v2": {
        "kind": "compound_v2",
        "reserves": {
            "eth": {**ETH, "collateral_factor": 0.86, "rate": FLAT},
            "usdc": {"feed": "usdc_usd", "collateral_factor": 0.8, "rate": FLAT},
        },
    },
    "compound_v3": {
        "kind": "compound_v3", "base": "usdc", "feed": "usdc_usd", "borrow_rate": FLAT, "supply_rate": FLAT,
        "collaterals": {"eth": {**ETH, "borrow_factor": 0.82, "liquidate_factor": 0.9, "liquidation_factor": 0.95}},
    },
    "euler": {
        "kind": "euler",
        "vaults": {
            "eth": ETH,
            "usdc": {"feed": "usdc_usd", "rate": FLAT, "ltvs": {"eth": {"borrow": 0.85, "liquidation": 0.86}}},
        },
    },
}  # fmt: skip
PEG_LOST = {"kind": "table", "from_start": True, "times": [0, 7200, 10_800, 86_400], "values": [1.0, 1.0, 0.88, 0.88]}
ETH_FALLS = {"kind": "table", "from_start": True, "times": [0, 3600, 10_800, 86_400], "values": [2000.0, 2000.0, 1500.0, 1500.0]}


def depeg_world(agents: dict[str, Any], kind: str = "pooled", **sections: dict[str, Any]) -> dict[str, Any]:
    """The raw scenario; ``sections`` replace entries of its sections."""
    raw: dict[str, Any] = {
        "title": "A peg is lost",
        "run": {"start": "2023-03-11", "days": 0.5, "tick": 300.0, "record": 3600.0, "audited": True},
        "chains": {"ethereum": {"gas_price": 2.0}},
        "prices": {"eth": {"kind": "constant", "value": 2000.0}, "usdc": PEG_LOST, "usdt": {"kind": "constant", "value": 1.0}},
        "tokens": {token: {"chain": "ethereum"} for token in ("eth", "usdc", "usdt")},
        "venues": {
            "book": {
                "chain": "ethereum", "tokens": ["eth", "usdc", "usdt"],
                "mechanism": {"kind": "reference_book", "depth": [4e8, 4e8, 4e8], "steady": [2]},
            },
        },
        "feeds": {
            "eth_usd": {"chain": "ethereum", "mechanism": {"kind": "market", "sources": ["price:eth"]}},
            "usdc_usd": {"chain": "ethereum", "mechanism": {"kind": "market", "sources": ["price:usdc"], "deviation": 0.0025}},
            "usdt_usd": {"chain": "ethereum", "mechanism": {"kind": "market", "sources": ["price:usdt"]}},
            "par": {"chain": "ethereum", "mechanism": {"kind": "constant"}},
        },
        "markets": {"lend": {**KINDS[kind], "chain": "ethereum"}},
        "agents": {"oracles": {"kind": "honest"}, **agents},
    }  # fmt: skip
    for section, entries in sections.items():
        raw.setdefault(section, {}).update(entries)
    return raw


def opened(agents: dict[str, Any], kind: str = "pooled", seed: int = 1, **sections: dict[str, Any]) -> Ecosystem:
    """Built, ready to step."""
    return build(Scenario.model_validate(depeg_world(agents, kind, **sections)), seed)


def run_for(model: Ecosystem, hours: float) -> None:
    """Step until so much time has passed."""
    end = model.world.clock.now + hours * 3600.0
    while model.world.clock.now < end - 1e-6:
        model.step()
