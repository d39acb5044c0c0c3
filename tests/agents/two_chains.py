"""A scenario of two chains: a staked token and its bridged form, a pool of each, bridges for both, nobody acting yet."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from experiments.build import build
from experiments.scenario import Scenario
from model.ecosystem import Ecosystem

STABLESWAP = {"kind": "stableswap", "amplification": 50.0, "fee": 0.0004}
BASE: dict[str, Any] = {
    "title": "Two chains",
    "run": {"start": "2025-06-01", "days": 5, "tick": 300.0, "record": 3600.0, "audited": True},
    "chains": {"ethereum": {"block_time": 12.0, "gas_price": 2.0}, "rollup": {"block_time": 2.0, "gas_price": 0.05}},
    "prices": {"eth": {"kind": "constant", "value": 2000.0}, "usdc": {"kind": "constant", "value": 1.0}},
    "tokens": {
        "usdc": {"chain": "ethereum"},
        "lst": {"chain": "ethereum", "claim": {"kind": "staked", "rebases": False, "yield_per_year": 0.0}, "supply": 200_000.0},
        "lst_r": {"chain": "rollup", "claim": {"kind": "bridged", "backing": "lst"}, "supply": 50_000.0},
    },
    "bridges": {
        "lane": {"kind": "lock_and_mint", "home": "ethereum", "token": "lst", "forms": {"rollup": "lst_r"}, "delay": 900.0, "fee": 0.0001},
        "eth_lane": {"kind": "lock_and_mint", "home": "ethereum", "token": "eth", "forms": {"rollup": "eth"}, "delay": 900.0},
    },
    "venues": {
        "pool": {"chain": "ethereum", "tokens": ["eth", "lst"], "mechanism": STABLESWAP, "reserves": {"eth": 20_000.0, "lst": 20_000.0}},
        "pool_r": {"chain": "rollup", "tokens": ["eth", "lst_r"], "mechanism": STABLESWAP, "reserves": {"eth": 5000.0, "lst_r": 5000.0}},
    },
}  # fmt: skip


def two_chains(agents: dict[str, Any], **sections: dict[str, Any]) -> dict[str, Any]:
    """The raw scenario with these agents; ``sections`` are laid over it, two levels deep."""
    raw = deepcopy(BASE)
    raw["agents"] = agents
    for section, entries in sections.items():
        for name, entry in entries.items():
            place = raw.setdefault(section, {})
            laid_over = name in place and "kind" not in entry
            place[name] = {**place[name], **entry} if laid_over else entry
    return raw


def opened(agents: dict[str, Any], **sections: dict[str, Any]) -> Ecosystem:
    """Built, ready to step."""
    return build(Scenario.model_validate(two_chains(agents, **sections)), 1)


def run_for(model: Ecosystem, seconds: float) -> None:
    """Step until so much time has passed."""
    end = model.world.clock.now + seconds
    while model.world.clock.now < end - 1e-6:
        model.step()
