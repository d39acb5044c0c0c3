"""The parameter reference, made from the declarations: one table per kind."""

from __future__ import annotations

from collections.abc import Iterator

import experiments.kinds  # noqa: F401  registers every kind
from experiments.scenario import ChainBlock, RunParams
from model.core.params import Params
from model.core.registry import Plugin
from model.world.update_auction import AuctionParams


def families(base: type[Plugin] = Plugin) -> Iterator[type[Plugin]]:
    """Every plug-in family, in the order of declaration."""
    for below in base.__subclasses__():
        if "family" in vars(below):
            yield below
        yield from families(below)


def kinds_by_family() -> dict[str, list[str]]:
    """Family -> its kinds, both sorted; families without kinds are left out."""
    found = {family.family: sorted(family.kinds) for family in families()}
    return {family: found[family] for family in sorted(found) if found[family]}


def kinds_list() -> str:
    """The list of kinds that ODD.md carries."""
    rows = (f"- **{family}**: {', '.join(f'`{kind}`' for kind in kinds)}" for family, kinds in kinds_by_family().items())
    return "\n".join(rows) + "\n"


def parameter_reference() -> str:
    """Markdown: the parameters of runs, of chains, and of every kind, with unit, default, bounds, description and source."""
    parts = ["# Parameters", "", "Made by `spillover reference`; a test holds this page to the code.", ""]
    parts += _table("run", RunParams) + _table("chains", ChainBlock) + _table("auction of a feed's updates", AuctionParams)
    for family in sorted(families(), key=lambda found: found.family):
        for kind in sorted(family.kinds):
            parts += _table(f"{family.family}: {kind}", family.kinds[kind].Params)
    return "\n".join(parts)


def _table(title: str, params: type[Params]) -> list[str]:
    rows = list(params.reference())
    if not rows:
        return [f"## {title}", "", "No parameters.", ""]
    lines = [f"## {title}", "", "| parameter | unit | default | bounds | description | source |", "|---|---|---|---|---|---|"]
    for row in rows:
        cells = (row["name"], row["unit"] or "", _default(row["default"]), row["bounds"], row["description"] or "", row["source"] or "")
        lines.append("| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in cells) + " |")
    return [*lines, ""]


def _default(value: object) -> str:
    if value is None:
        return ""
    dump = getattr(value, "dump", None)
    if callable(dump):
        return str(dump())
    text = str(value.model_dump(mode="json")) if isinstance(value, Params) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."
