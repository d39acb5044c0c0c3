"""Two chains, a nested claim on both: ETH -> stETH -> wstETH -> a restaked token -> its bridged form -> a pool share as collateral."""

from __future__ import annotations

from typing import Any


def two_chains() -> dict[str, Any]:
    """A fresh copy, as a TOML file would give it."""
    return {
        "title": "Two chains",
        "run": {"start": "2026-04-18", "days": 1.0, "tick": 600.0, "record": 3600.0, "audited": True, "seed": 1},
        "chains": {
            "ethereum": {"block_time": 12.0, "gas_price": 2.0},
            "arbitrum": {"block_time": 1.0, "gas_price": 0.02, "ordering": {"kind": "sequencer"}},
        },
        "prices": {"eth": {"kind": "constant", "value": 2500.0}, "usdc": {"kind": "constant", "value": 1.0}},
        "tokens": {
            "eth": {"chain": "ethereum"},
            "usdc": {"chain": "ethereum"},
            "pool_share": {
                "chain": "arbitrum", "supply": 100.0, "claim": {"kind": "pool_share", "tokens": ["rseth_arb", "eth"]}, "rate": 1.0,
            },
            "rseth_arb": {"chain": "arbitrum", "supply": 4_000.0, "claim": {"kind": "bridged", "backing": "rseth"}},
            "rseth": {
                "chain": "ethereum", "supply": 20_000.0, "rate": 0.9, "buffer": 500.0,
                "claim": {"kind": "restaked", "backing": "wsteth", "services": {"avs": {"allocation": 0.5, "severity": 0.2}}},
            },
            "wsteth": {"chain": "ethereum", "supply": 30_000.0, "rate": 1.2, "claim": {"kind": "wrapped", "backing": "steth"}},
            "steth": {"chain": "ethereum", "supply": 100_000.0, "claim": {"kind": "staked", "others_queued": 1_000_000.0}},
            "note": {"chain": "arbitrum", "supply": 1_000_000.0, "claim": {"kind": "synthetic", "backing": "steth"}},
        },
        "bridges": {
            "layer": {
                "kind": "lock_and_mint", "home": "ethereum", "token": "rseth", "forms": {"arbitrum": "rseth_arb"}, "delay": 900.0,
                "limit": 1_000.0, "limit_refill": 10_000.0, "loss": "bridged",
            },
            "rollup": {"kind": "canonical", "home": "ethereum", "token": "eth", "forms": {"arbitrum": "eth"}},
            "fast": {
                "kind": "solvers", "via": "rollup", "home": "ethereum", "token": "eth", "forms": {"arbitrum": "eth"},
                "inventory": {"ethereum": 300.0, "arbitrum": 200.0},
            },
            "circle": {"kind": "burn_and_mint", "home": "ethereum", "token": "usdc", "forms": {"arbitrum": "usdc"}},
            "gate": {
                "kind": "liquidity", "home": "ethereum", "token": "usdc", "forms": {"arbitrum": "usdc"},
                "reserves": {"ethereum": 1e6, "arbitrum": 1e6},
            },
        },
        "venues": {
            "camelot": {
                "chain": "arbitrum", "tokens": ["rseth_arb", "eth"], "mechanism": {"kind": "stableswap", "amplification": 50.0},
                "reserves": {"rseth_arb": 1_000.0, "eth": 1_000.0},
            },
            "book": {
                "chain": "arbitrum", "tokens": ["eth", "usdc"],
                "mechanism": {"kind": "reference_book", "depth": [20_000.0, 40_000_000.0], "steady": [1], "permanent": 0.0},
            },
        },
        "feeds": {
            "rseth_eth": {"chain": "ethereum", "mechanism": {"kind": "exchange_rate", "claim": "claim:rseth"}},
        },
        "headline": [],
    }  # fmt: skip
