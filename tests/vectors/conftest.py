"""Option ``--vectors DIR`` and the report of the replay."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.vectors.adapters import ADAPTERS
from tests.vectors.tally import Tally

CUT = Path(__file__).parent / "data"
TALLIES = pytest.StashKey[list[Tally]]()


def pytest_addoption(parser):
    parser.addoption("--vectors", metavar="DIR", default=None, help="recordings to replay: a folder of protocol folders, or one of these")


def recordings(config) -> list[Path]:
    """Files to replay: the small cut always, and those of ``--vectors`` or else of ../shared/vectors."""
    chosen = config.getoption("vectors", None)
    home = config.invocation_params.dir / chosen if chosen else config.rootpath.parent / "shared" / "vectors"
    if chosen and not home.is_dir():
        raise pytest.UsageError(f"--vectors {chosen}: no such folder")
    found = []
    for root in (CUT, home):
        for folder in [root, *sorted(path for path in root.glob("*") if path.is_dir())]:
            found += sorted(path for path in folder.glob("*.jsonl*") if is_trace(path))
        if chosen and root is home and not any(home in path.parents for path in found):
            raise pytest.UsageError(f"--vectors {chosen}: no recordings (*.jsonl, *.jsonl.gz) in it or in its folders")
    return found


def is_trace(path: Path) -> bool:
    """Digests for unit tests (``*_cut``, ``stored_*``) hold no whole traces."""
    stem = path.name.partition(".")[0]
    return not stem.endswith("_cut") and not stem.startswith("stored_")


def pytest_generate_tests(metafunc):
    if "recording" in metafunc.fixturenames:
        paths = recordings(metafunc.config)
        names = [f"{'cut-' if CUT in path.parents else ''}{path.parent.name}-{path.name.partition('.')[0]}" for path in paths]
        metafunc.parametrize("recording", paths, ids=names)


@pytest.fixture
def tally(recording, request):
    """The tally of one file; kept for the report."""
    counted = Tally(f"{recording.parent.name}/{recording.name}{' (cut)' if CUT in recording.parents else ''}")
    if recording.parent.name not in ADAPTERS:
        counted.skip(f"file: no adapter replays {recording.parent.name}")
    request.config.stash.setdefault(TALLIES, []).append(counted)
    return counted


def pytest_terminal_summary(terminalreporter, config):
    tallies = config.stash.get(TALLIES, [])
    if tallies:
        terminalreporter.section("recorded contracts")
    for tally in tallies:
        for line in tally.lines():
            terminalreporter.write_line(line)
