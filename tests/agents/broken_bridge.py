"""A small far chain: a bridged dollar whose bridge is robbed after an hour, a pool against the coin, a market that lends the coin."""

from __future__ import annotations

from typing import Any

from experiments.build import build
from experiments.load import read
from model.ecosystem import Ecosystem

FLAT = {"kind": "fixed", "rate": 0.0}
OPPORTUNISTS = {
    "kind": "mispriced_collateral", "chain": "far", "market": "lend", "venue": "dex", "token": "dollar_far", "borrows": "coin", "count": 1,
    "capital": {"coin": 10_000.0}, "notices": 0.0, "period": 600.0,
}  # fmt: skip
HOLDERS = {
    "kind": "distressed", "chain": "far", "claim": "dollar_far", "venue": "dex", "into": "coin", "count": 4, "held": 4_000_000.0,
    "hope": [0.0, 0.0], "hesitation": 0.0, "slice": 0.1, "period": 1_800.0,
}  # fmt: skip


def broken_bridge(taken: float = 9_000_000.0, **agents: Any) -> dict[str, Any]:
    """A fresh copy. The coin is worth 1 dollar; of 10 M bridged dollars 9 M lose their backing after an hour unless told otherwise."""
    return {
        "title": "A broken bridge",
        "run": {"start": "2022-06-23", "days": 1.0, "tick": 600.0, "record": 3_600.0, "audited": True, "seed": 1},
        "chains": {"home": {"gas_token": "dollar"}, "far": {"gas_token": "coin", "block_time": 2.0}},
        "prices": {"dollar": {"kind": "constant", "value": 1.0}, "coin": {"kind": "constant", "value": 1.0}},
        "tokens": {
            "dollar": {"chain": "home"},
            "coin": {"chain": "far"},
            "dollar_far": {"chain": "far", "supply": 10e6, "claim": {"kind": "bridged", "backing": "dollar"}},
        },
        "bridges": {"bridge": {"kind": "lock_and_mint", "home": "home", "token": "dollar", "forms": {"far": "dollar_far"}}},
        "venues": {
            "dex": {
                "chain": "far", "tokens": ["coin", "dollar_far"], "mechanism": {"kind": "constant_product"},
                "reserves": {"coin": 500_000.0, "dollar_far": 500_000.0},
            }
        },
        "feeds": {
            "traded": {"chain": "far", "mechanism": {"kind": "market", "sources": ["venue:dex dollar_far/coin"], "times": "feed:coin_usd"}},
            "par": {"chain": "far", "mechanism": {"kind": "constant", "value": 1.0}},
            "backed": {"chain": "far", "mechanism": {"kind": "exchange_rate", "claim": "claim:dollar_far"}},
            "coin_usd": {"chain": "far", "mechanism": {"kind": "market", "sources": ["price:coin"]}},
        },
        "markets": {
            "lend": {
                "kind": "pooled", "chain": "far", "rules": {"kind": "aave_v3"},
                "reserves": {
                    "dollar_far": {"feed": "par", "ltv": 0.8, "liquidation_threshold": 0.85, "rate": FLAT},
                    "coin": {"feed": "coin_usd", "ltv": 0.5, "liquidation_threshold": 0.6, "rate": FLAT},
                },
            }
        },
        "agents": {
            "lenders": {"kind": "depositor", "chain": "far", "market": "lend", "token": "coin", "supplied": 100_000.0},
            "oracles": {"kind": "honest", "chain": "far"},
            **agents,
        },
        "shocks": {"theft": {"kind": "bridge_drain", "at": 3_600.0, "bridge": "bridge", "amount": taken}} if taken else {},
    }  # fmt: skip


def opened(raw: dict[str, Any]) -> Ecosystem:
    """The ecosystem, ready to step, every identity checked at every tick."""
    return build(read(raw).scenario, 1)


def stepped(model: Ecosystem, ticks: int) -> Ecosystem:
    """After some ticks."""
    for _ in range(ticks):
        model.step()
    return model
