"""Recorded contract runs for the liquidation tests, and what counts as agreement.

A small cut stands in the tree and always runs; the whole recording runs where its folder is present.
"""

from __future__ import annotations

import gzip
import json
import os
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CUT = ROOT / "tests" / "vectors" / "data"
both = pytest.mark.parametrize("source", ["cut", "whole"])


def rows(source: str, protocol: str, name: str) -> list[dict]:
    """Rows of ``name`` from the cut, or from the whole recording (skips the test where there is none)."""
    if source == "cut":
        return read(CUT / protocol / f"{name}_cut.jsonl.gz")
    homes = [os.environ.get("SPILLOVER_VECTORS", ""), ROOT.parent / "shared" / "vectors", ROOT.parent.parent / "shared" / "vectors"]
    for home in homes:
        if home and (Path(home) / protocol).is_dir():
            return read(Path(home) / protocol / f"{name}.jsonl.gz")
    pytest.skip(f"no recordings of {protocol}")


def read(path: Path) -> list[dict]:
    with gzip.open(path, "rt") as lines:
        return [json.loads(line) for line in lines]


class Agreement:
    """Compares numbers in base units, counts what was checked, keeps each difference with its place."""

    def __init__(self) -> None:
        self.count: Counter[str] = Counter()
        self.faults: list[str] = []

    def number(self, place: str, got: float, recorded: int | str, unit: float = 1.0) -> None:
        """``unit`` is the coarsest base unit that entered the number, in its own base units."""
        recorded = int(recorded)
        self.count["numbers"] += 1
        if abs(got - recorded) > max(1e-9 * abs(recorded), 2.0 * max(unit, 1.0)):
            self.faults.append(f"{place}: {got!r} against {recorded} ({(got - recorded) / max(abs(recorded), 1):.3g} relative)")

    def same(self, place: str, got: object, recorded: object) -> None:
        self.count["facts"] += 1
        if got != recorded:
            self.faults.append(f"{place}: {got!r} against {recorded!r}")
