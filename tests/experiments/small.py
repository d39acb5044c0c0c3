"""A tiny scenario: one chain, a pool, a reference book, a pooled market, a falling price."""

from __future__ import annotations

from typing import Any


def small() -> dict[str, Any]:
    """A fresh copy, as a TOML file would give it."""
    return {
        "title": "Small",
        "run": {"start": "2022-06-10", "days": 0.25, "tick": 600.0, "record": 3600.0, "audited": True},
        "chains": {"ethereum": {}},
        "prices": {
            "eth": {"kind": "table", "from_start": True, "times": [0, 10_800, 21_600], "values": [2000.0, 1300.0, 1400.0]},
            "usdc": {"kind": "constant", "value": 1.0},
        },
        "tokens": {
            "eth": {"chain": "ethereum"},
            "usdc": {"chain": "ethereum"},
            "steth": {"chain": "ethereum", "claim": {"kind": "staked"}, "supply": 100_000.0},
        },
        "venues": {
            "curve": {
                "chain": "ethereum", "tokens": ["eth", "steth"], "mechanism": {"kind": "stableswap", "amplification": 50.0},
                "reserves": {"eth": 10_000.0, "steth": 12_000.0},
            },
            "book": {
                "chain": "ethereum", "tokens": ["eth", "usdc"],
                "mechanism": {"kind": "reference_book", "depth": [20_000.0, 40_000_000.0], "steady": [1], "permanent": 0.0},
            },
        },
        "feeds": {
            "steth_eth": {"chain": "ethereum", "mechanism": {"kind": "market", "sources": ["venue:curve steth/eth"]}},
            "usdc_eth": {"chain": "ethereum", "mechanism": {"kind": "market", "sources": ["price:usdc/eth"]}},
        },
        "markets": {
            "aave": {
                "kind": "pooled", "chain": "ethereum", "numeraire": "eth",
                "reserves": {
                    "eth": {"ltv": 0.8, "liquidation_threshold": 0.85},
                    "steth": {"feed": "steth_eth", "ltv": 0.7, "liquidation_threshold": 0.81, "bonus": 0.075, "borrowable": False},
                    "usdc": {"feed": "usdc_eth", "ltv": 0.8, "liquidation_threshold": 0.85},
                },
            },
        },
        "agents": {
            "lenders": {"kind": "yield_seeker", "market": "aave", "token": "usdc", "supplied": 50_000_000.0, "count": 3},
            "eth_lenders": {"kind": "yield_seeker", "market": "aave", "token": "eth", "supplied": 50_000.0, "count": 3},
            "borrowers": {
                "kind": "lst_borrowers", "market": "aave", "claim": "steth", "backing": "eth", "stable": "usdc", "total": 20_000.0,
                "synthetic": {"count": 60},
            },
            "oracles": {"kind": "honest"},
            "liquidators": {"kind": "inventory", "count": 2, "capital": {"usdc": 10_000_000.0}},
        },
        "inputs": {
            "prices": {"time": "time", "columns": {"eth": "WETH", "usdc": "USDC"}},
            "positions": {"columns": {"claim": "steth", "collateral": "all", "debt": "debt", "debt_in_backing": "debt_eth"}},
            "reality": {"price.curve.steth/eth": "stETH / WETH"},
        },
        "headline": ["lowest price.curve.steth/eth", "liquidated_value"],
    }  # fmt: skip
