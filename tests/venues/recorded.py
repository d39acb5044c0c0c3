"""Recorded contract traces for the venue tests, and what counts as agreement."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def folder(protocol: str) -> Path:
    """Folder of one protocol's recordings; skips the test where there is none."""
    homes = [os.environ.get("SPILLOVER_VECTORS", ""), ROOT.parent / "shared" / "vectors", ROOT.parent.parent / "shared" / "vectors"]
    for home in homes:
        if home and (Path(home) / protocol).is_dir():
            return Path(home) / protocol
    pytest.skip(f"no recordings of {protocol}")


def traces(path: Path) -> list[dict]:
    with gzip.open(path, "rt") as lines:
        return [json.loads(line) for line in lines]


class Agreement:
    """Compares numbers in base units and counts; a difference is kept with its place."""

    def __init__(self) -> None:
        self.passed, self.skipped, self.faults = 0, 0, []

    def number(self, place: str, got: float, recorded: int | str, operations: int, unit: float = 1.0) -> None:
        recorded = int(recorded)
        if abs(got - recorded) <= max(1e-9 * abs(recorded), (2 + operations) * max(unit, 1.0)):
            self.passed += 1
        else:
            self.faults.append(f"{place}: {got!r} against {recorded} ({(got - recorded) / max(abs(recorded), 1):.3g} relative)")
