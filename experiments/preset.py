"""Presets of markets: dated TOML that a scenario names, ``[markets.aave] preset = "aave-v3-core"``, and puts its own keys over.

A preset has a ``title``, ``as_of`` (the date of its figures), ``sources``, the ``market`` (kind and parameters), and what else its maker
kept. ``preset`` is the name of one that ships or the path of a .toml file, relative to the scenario's. ``preset_reserves = ["weth", ...]``
takes only these of a pooled market's reserves, with the e-mode categories that are left.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from experiments.overrides import merge, plain
from model.core.errors import Fault

_KEYS = ("preset", "preset_reserves")


@dataclass(frozen=True, slots=True)
class Expanded:
    """A raw scenario with its presets put in place; faults of that; which preset each market names, and what the scenario itself says."""

    raw: dict[str, Any]
    faults: list[Fault] = field(default_factory=list)
    presets: dict[str, str] = field(default_factory=dict)
    own: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    below: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def placed(self, fault: Fault) -> Fault:
        """The fault with its place in the preset, where the value came from there and not from the scenario."""
        section, _, rest = fault.place.partition(".")
        name = next((known for known in self.presets if rest == known or rest.startswith(f"{known}.")), None)
        if section != "markets" or name is None:
            return fault
        inner = rest.removeprefix(name).lstrip(".")
        said, below = _at(self.own[name], inner), _at(self.below[name], inner)
        if below is None and (said is not None or inner not in ("", "kind")):
            return fault
        if said is not None and not isinstance(said, Mapping):
            return fault
        preset = f"preset {self.presets[name]}, market.{inner}".removesuffix("market.").rstrip(", ")
        return type(fault)(f"{fault.place} ({preset})", fault.value, fault.allowed)


def _at(table: Any, place: str) -> Any:
    for key in place.split(".") if place else ():
        table = table.get(key) if isinstance(table, Mapping) else None
    return table


def preset_names() -> list[str]:
    """Names of the presets that ship with the package."""
    folder = resources.files("experiments") / "presets"
    names = [entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml")]
    return sorted(name for name in names if not name.startswith("_"))


def load_preset(name: str, folder: Path | None = None) -> dict[str, Any]:
    """The tables of a preset: by the name of one that ships, or by path (relative to ``folder`` first).

    Raises:
        ValueError: what may be named instead; or not TOML, or without a market.
    """
    if name.endswith(".toml"):
        paths = [path for path in ((folder or Path()) / name, Path(name)) if path.is_file()]
        if not paths:
            raise ValueError("the path of a preset that exists")
        text = paths[0].read_bytes()
    else:
        if name not in preset_names():
            raise ValueError(f"one of {', '.join(preset_names())}, or the path of a .toml file")
        text = (resources.files("experiments") / "presets" / f"{name}.toml").read_bytes()
    try:
        found: dict[str, Any] = plain(tomllib.loads(text.decode()))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"TOML 1.0 in UTF-8 ({error})") from None
    if not isinstance(found.get("market"), Mapping):
        raise ValueError("a preset with a table [market]")
    return found


def expand(raw: Mapping[str, Any], folder: Path | None = None) -> Expanded:
    """Put the presets that a raw scenario's markets name in their places, under the scenario's own keys."""
    markets = raw.get("markets")
    done = Expanded(dict(raw))
    if not isinstance(markets, Mapping):
        return done
    tables = dict(markets)
    for name, table in markets.items():
        if not isinstance(table, Mapping) or not set(_KEYS) & set(table):
            continue
        own = {key: value for key, value in table.items() if key not in _KEYS}
        tables[name] = own
        chosen, place = table.get("preset"), f"markets.{name}.preset"
        if not isinstance(chosen, str):
            done.faults.append(Fault(place, repr(chosen), f"a name, one of {', '.join(preset_names())}, or the path of a .toml file"))
            continue
        try:
            below = load_preset(chosen, folder)["market"]
        except ValueError as error:
            done.faults.append(Fault(place, repr(chosen), str(error)))
            continue
        if "preset_reserves" in table:
            below = _narrowed(below, table["preset_reserves"], f"markets.{name}.preset_reserves", done.faults)
        tables[name] = merge(below, own)
        done.presets[str(name)], done.own[str(name)] = chosen, own
        done.below[str(name)] = below
    done.raw["markets"] = tables
    return done


def _narrowed(market: Mapping[str, Any], wanted: Any, place: str, faults: list[Fault]) -> dict[str, Any]:
    """The market with the reserves wanted, and the e-mode categories that have members among them."""
    reserves = market.get("reserves", {})
    names = wanted if isinstance(wanted, list | tuple) else [wanted]
    unknown = [name for name in names if name not in reserves]
    if unknown or not names:
        faults.append(
            Fault(place, ", ".join(map(repr, unknown)) or "empty", f"reserves of the preset: {', '.join(sorted(reserves)) or 'none'}")
        )
        return dict(market)
    emodes = {}
    for category, emode in market.get("emodes", {}).items():
        members = {key: [token for token in emode[key] if token in names] for key in ("collateral", "borrowable") if key in emode}
        if all(members.values()):
            emodes[category] = {**emode, **members}
    return {**market, "reserves": {name: reserves[name] for name in names}, "emodes": emodes}
