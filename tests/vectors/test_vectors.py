"""Every recorded trace, replayed through the model's own verbs."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.vectors.adapters import ADAPTERS
from tests.vectors.tally import Tally

MOST_SKIPPED = 0.01


def rows(path: Path) -> Iterator[dict[str, Any]]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


def replay_file(path: Path, tally: Tally) -> None:
    """Replay all rows of a file. A row at which the model raises is a mismatch, and the next row is replayed all the same."""
    replay = ADAPTERS[path.parent.name].replay
    stem = path.name.partition(".")[0]
    for row in rows(path):
        tally.row(str(row.get("id", tally.rows)))
        try:
            replay(str(row.get("kind", stem)), row, tally)
        except Exception as error:  # whatever it is, it belongs to this row
            tally.mismatch(f"{type(error).__name__}: {error}")


def test_recorded_contract(recording, tally):
    if recording.parent.name not in ADAPTERS:
        pytest.skip(f"no adapter replays {recording.parent.name}")
    replay_file(recording, tally)
    assert not tally.mismatches, "\n".join(tally.lines(20))
    assert tally.rows > 0
    assert tally.compared > 0
    assert tally.skipped_share < MOST_SKIPPED, tally.lines()[0]
