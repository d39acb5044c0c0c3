"""Import of an Aave v3 configuration: a JSON report of a pool becomes a market preset, and back.

A preset is a mapping that a scenario can name: ``market`` (parameters of kind ``pooled``), ``provenance`` (where each figure comes from
and every figure that the model has no use for), ``warnings``. Presets are written as TOML.

Source: reports of aave-helpers and aave-proposals-v3 (bps, ray = 1e27, caps in tokens with 0 for none, debt ceilings with 2 decimals).
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import tomli_w

from experiments.oracle_guess import guess_convention
from model.markets.pooled_params import PooledParams

_BPS = 10_000
_RAY = 27
_CEILING_DECIMALS = 100
_IDS = Path(__file__).with_name("presets") / "_aave_reserve_ids.toml"
_ROLLUPS = frozenset({10, 42161, 8453, 534352, 5000, 59144, 1088})
"""Chains with a sequencer, whose pools have a sentinel (a guess: the reports do not say)."""

_RATE = {
    "optimal_utilisation": "optimalUsageRatio", "base": "baseVariableBorrowRate", "slope1": "variableRateSlope1",
    "slope2": "variableRateSlope2",
}  # fmt: skip
_SHARES = {
    "ltv": "ltv",
    "liquidation_threshold": "liquidationThreshold",
    "protocol_fee": "liquidationProtocolFee",
    "reserve_factor": "reserveFactor",
}
_FLAGS = {
    "borrowable": "borrowingEnabled", "frozen": "isFrozen", "paused": "isPaused", "siloed": "isSiloed",
    "borrowable_in_isolation": "isBorrowableInIsolation",
}  # fmt: skip
_LIMITS = {"supply_cap": ("supplyCap", 1), "borrow_cap": ("borrowCap", 1), "debt_ceiling": ("debtCeiling", _CEILING_DECIMALS)}


def import_aave(path: str | Path, ids: Mapping[str, int] | None = None) -> dict[str, Any]:
    """A market preset from a configuration file.

    ``ids`` maps symbols to the pool's numbers of its reserves, which the bitmaps of e-mode categories are written in; where it is not
    given the known ones of the chain are used, and a category with a bit that nobody knows keeps no members and is warned of.

    Raises:
        BadInput: figures that the market's parameters refuse, each with its place.
        OSError, ValueError, KeyError: the file cannot be read, is not JSON, lacks a figure.
    """
    text = Path(path).read_bytes()
    raw = json.loads(text)
    if ids is None:
        ids = tomllib.loads(_IDS.read_text(encoding="utf-8")).get(str(raw["chainId"]), {})
    names = _names(raw["reserves"])
    bitmaps = any("collateralBitmap" in emode for emode in raw["eModes"].values())
    rules: dict[str, Any] = {"kind": "aave_v3_3" if bitmaps else "aave_v3", "sentinel": raw["chainId"] in _ROLLUPS}
    market: dict[str, Any] = {"kind": "pooled", "numeraire": "usd", "rules": rules, "reserves": {}, "emodes": {}}
    kept: dict[str, Any] = {"reserves": {}, "emodes": {}}
    warnings: list[str] = []
    for address, reserve in raw["reserves"].items():
        token = names[address]
        market["reserves"][token], kept["reserves"][token] = _reserve(token, address, reserve)
    for key, emode in raw["eModes"].items():
        members, unknown = _members(key, emode, raw["reserves"], names, ids)
        name = _slug(emode["label"])
        market["emodes"][name] = {
            "ltv": emode["ltv"] / _BPS, "liquidation_threshold": emode["liquidationThreshold"] / _BPS,
            "bonus": (emode["liquidationBonus"] - _BPS) / _BPS, **members,
        }  # fmt: skip
        used = ("ltv", "liquidationThreshold", "liquidationBonus", *(() if unknown else ("collateralBitmap", "borrowableBitmap")))
        kept["emodes"][name] = {"key": key, **{field: value for field, value in emode.items() if field not in used}}
        if unknown:
            warnings.append(f"emodes.{name}: no member is known, reserve numbers {', '.join(map(str, unknown))} are not")
    params = PooledParams.read({key: value for key, value in market.items() if key != "kind"}, "market")
    provenance = {
        "file": Path(path).name, "sha256": hashlib.sha256(text).hexdigest(), "chain_id": raw["chainId"],
        "ids": dict(ids) if bitmaps else {}, "pool": _whole(raw.get("poolConfig", {})), **kept,
    }  # fmt: skip
    return {"title": f"Aave v3, {Path(path).stem}", "market": market, "provenance": provenance, "warnings": warnings + params.warnings()}


def export_aave(preset: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration that a preset was imported from: every figure that the model uses from its parameters, the rest as kept."""
    market, kept = preset["market"], preset["provenance"]
    ids, found = kept["ids"], {"chainId": kept["chain_id"], "poolConfig": kept["pool"], "reserves": {}, "eModes": {}}
    symbols = {token: item["symbol"] for token, item in kept["reserves"].items()}
    for token, item in kept["reserves"].items():
        reserve, figures = market["reserves"][token], dict(item)
        figures.pop("oracle_guess")
        address, strategy = figures.pop("address"), dict(figures.pop("strategy"))
        figures |= {raw: round(reserve[name] * _BPS) for name, raw in _SHARES.items()}
        figures |= {raw: reserve[name] for name, raw in _FLAGS.items()}
        figures |= {raw: round(reserve.get(name, 0.0) * scale) for name, (raw, scale) in _LIMITS.items()}
        figures.setdefault("liquidationBonus", round(reserve["bonus"] * _BPS) + _BPS)
        rate = reserve["rate"]
        flat = {"base": rate["rate"]} if rate["kind"] == "fixed" else rate
        strategy |= {raw: int(Decimal(repr(flat.get(name, 0.0))).scaleb(_RAY)) for name, raw in _RATE.items()}
        found["reserves"][address] = {**figures, "strategy": strategy}
    for name, item in kept["emodes"].items():
        emode, figures = market["emodes"][name], dict(item)
        key = figures.pop("key")
        figures |= {"ltv": round(emode["ltv"] * _BPS), "liquidationThreshold": round(emode["liquidation_threshold"] * _BPS)}
        figures["liquidationBonus"] = round(emode["bonus"] * _BPS) + _BPS
        if ids and "collateralBitmap" not in figures:
            for field, raw in (("collateral", "collateralBitmap"), ("borrowable", "borrowableBitmap")):
                figures[raw] = sum(1 << ids[symbols[token]] for token in emode[field])
        elif not ids:
            for token in emode["collateral"]:
                found["reserves"][kept["reserves"][token]["address"]]["eModeCategory"] = int(key)
        found["eModes"][key] = figures
    return found


def write_preset(preset: Mapping[str, Any], path: str | Path) -> None:
    """Write a preset as TOML."""
    Path(path).write_text(tomli_w.dumps(dict(preset)), encoding="utf-8")


def read_preset(path: str | Path) -> dict[str, Any]:
    """Read a preset back."""
    return tomllib.loads(Path(path).read_text(encoding="utf-8"))


def _reserve(token: str, address: str, raw: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Parameters of a reserve, and what is kept beside them."""
    params: dict[str, Any] = {"feed": f"{token}_usd"}
    params |= {name: raw[field] / _BPS for name, field in _SHARES.items()}
    params["bonus"] = max(raw["liquidationBonus"] - _BPS, 0) / _BPS
    params |= {name: raw[field] for name, field in _FLAGS.items()}
    params |= {name: raw[field] / scale for name, (field, scale) in _LIMITS.items() if raw[field]}
    params["rate"] = _rate(raw["strategy"])
    used = {*_SHARES.values(), *_FLAGS.values(), *(field for field, _ in _LIMITS.values()), "strategy", "liquidationBonus"}
    if raw.get("eModeCategory"):
        used.add("eModeCategory")
    kept = {"address": address} | {field: _whole(value) for field, value in raw.items() if field not in used}
    if raw["liquidationBonus"] < _BPS:
        kept["liquidationBonus"] = raw["liquidationBonus"]
    kept["strategy"] = {field: _whole(value) for field, value in raw["strategy"].items() if field not in _RATE.values()}
    kept["oracle_guess"] = guess_convention(
        raw["symbol"], raw.get("oracleDescription"), int(raw["oracleLatestAnswer"]), raw.get("oracleDecimals")
    )
    return params, kept


def _rate(strategy: Mapping[str, Any]) -> dict[str, Any]:
    """Rate model of a strategy; one without a kink and slopes is a fixed rate (GHO's first one)."""
    found = {name: float(Decimal(strategy[field]).scaleb(-_RAY)) for name, field in _RATE.items()}
    if found["optimal_utilisation"] == found["slope1"] == found["slope2"] == 0.0:
        return {"kind": "fixed", "rate": found["base"]}
    return {"kind": "kinked", **found}


def _members(
    key: str, emode: Mapping[str, Any], reserves: Mapping[str, Any], names: Mapping[str, str], ids: Mapping[str, int]
) -> tuple[dict[str, list[str]], list[int]]:
    """Tokens of a category, and the reserve numbers that nobody knows (then there are no members)."""
    if "collateralBitmap" not in emode:
        tokens = [names[address] for address, reserve in reserves.items() if str(reserve.get("eModeCategory", 0)) == key]
        return {"collateral": tokens, "borrowable": list(tokens)}, []
    symbols = {reserve["symbol"]: names[address] for address, reserve in reserves.items()}
    known = {number: symbols[symbol] for symbol, number in ids.items() if symbol in symbols}
    members: dict[str, list[str]] = {}
    unknown: list[int] = []
    for field, raw in (("collateral", "collateralBitmap"), ("borrowable", "borrowableBitmap")):
        bits = [number for number in range(int(emode[raw]).bit_length()) if int(emode[raw]) >> number & 1]
        unknown += [number for number in bits if number not in known]
        members[field] = [known[number] for number in bits if number in known]
    return ({"collateral": [], "borrowable": []}, sorted(set(unknown))) if unknown else (members, [])


def _names(reserves: Mapping[str, Any]) -> dict[str, str]:
    """Token name by address: the symbol in lower case, with the head of the address where two reserves share it."""
    slugs = {address: _slug(reserve["symbol"]) for address, reserve in reserves.items()}
    twice = {slug for slug, count in Counter(slugs.values()).items() if count > 1}
    return {address: f"{slug}_{address[2:6].lower()}" if slug in twice else slug for address, slug in slugs.items()}


def _slug(text: str) -> str:
    """A name fit for a dotted place."""
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")


def _whole(value: Any) -> Any:
    """What TOML can hold: integers beyond 64 bits become strings."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**63:
        return str(value)
    return value
