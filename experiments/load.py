"""From a scenario's name or file to a validated scenario: base, overrides, and every fault at once."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from experiments.check import faults_of_draft, warnings_of_draft
from experiments.draft import Draft
from experiments.overrides import merge, override, plain
from experiments.preset import expand
from experiments.scenario import Scenario
from model.core.errors import BadInput, Fault


@dataclass(frozen=True, slots=True)
class Loaded:
    """A scenario with its name and what is odd about it without being wrong."""

    name: str
    scenario: Scenario
    warnings: tuple[Fault, ...] = ()


def scenario_names() -> list[str]:
    """Names of the scenarios that ship with the package."""
    folder = resources.files("experiments") / "scenarios"
    return sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))


def load(name: str | Path, overrides: Mapping[str, Any] | None = None) -> Loaded:
    """The scenario called ``name`` (or the file of that path) with ``overrides`` (dotted place -> value) put over it.

    Raises:
        BadInput: every fault of the file and of the overrides, each with its dotted place.
    """
    raw = _with_base(str(name))
    raw, faults = override(raw, overrides or {})
    return read(raw, Path(name).stem, faults, Path(name).parent)


def read(raw: Mapping[str, Any], name: str = "scenario", faults: Sequence[Fault] = (), folder: Path | None = None) -> Loaded:
    """Validate a raw scenario: the schema's faults and those of its references, together; ``folder`` is where its presets' paths begin.

    Raises:
        BadInput: every fault, with ``faults`` that the caller has found already.
    """
    expanded = expand(raw, folder)
    found = [*faults, *expanded.faults]
    scenario: Scenario | None = None
    try:
        scenario = Scenario.read(expanded.raw)
    except BadInput as error:
        found.extend(map(expanded.placed, error.faults))
    draft = Draft.of(expanded.raw)
    found.extend(map(expanded.placed, faults_of_draft(draft)))
    if found or scenario is None:
        raise BadInput(found)
    return Loaded(name, scenario, tuple(map(expanded.placed, warnings_of_draft(draft))))


def stripped(value: Any) -> Any:
    """The value without entries that are None, which TOML cannot say."""
    if isinstance(value, Mapping):
        return {key: stripped(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list | tuple):
        return [stripped(inner) for inner in value]
    return value


def resolved(scenario: Scenario, seed: int | None = None) -> dict[str, Any]:
    """The mapping that reads back to ``scenario``, with the seed of a run; can be written as TOML."""
    if seed is not None:
        scenario = scenario.model_copy(update={"run": scenario.run.model_copy(update={"seed": seed})})
    mapping: dict[str, Any] = stripped(scenario.resolved())
    return mapping


def _with_base(name: str) -> dict[str, Any]:
    """The raw scenario, over its base where it has one."""
    raw = _raw(name, "scenario")
    base = raw.pop("base", None)
    if base is None:
        return raw
    if not isinstance(base, str):
        raise BadInput([Fault("base", repr(base), "the name of a scenario, or the path of its file")])
    beside = Path(name).parent / base
    below = _raw(str(beside) if name.endswith(".toml") and base.endswith(".toml") else base, "base")
    if "base" in below:
        raise BadInput([Fault("base", base, f"a scenario without a base of its own ({base} stands on {below['base']!r}): one level")])
    merged: dict[str, Any] = merge(below, raw)
    return merged


def _raw(name: str, place: str) -> dict[str, Any]:
    """The tables of one file."""
    if name.endswith(".toml"):
        path = Path(name)
        if not path.is_file():
            raise BadInput([Fault(place, name, "the path of a file that exists")])
        text, where = path.read_bytes(), name
    else:
        names = scenario_names()
        if name not in names:
            raise BadInput([Fault(place, name, f"one of {', '.join(names) or 'none'}, or the path of a .toml file")])
        text, where = (resources.files("experiments") / "scenarios" / f"{name}.toml").read_bytes(), f"{name}.toml"
    try:
        raw: dict[str, Any] = plain(tomllib.loads(text.decode()))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput([Fault(where, str(error), "TOML 1.0 in UTF-8")]) from None
    return raw
