"""The results folder of a run. Written beside its place and moved there when it is complete: a run that fails or is interrupted leaves
nothing. Config, summary, series and events hold no time of writing and no path: same seed, same bytes.
"""

from __future__ import annotations

import hashlib
import json
import math
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import tomli_w

from experiments.figures import draw_all
from experiments.load import resolved
from experiments.run import Run
from model.core.errors import BadInput, Fault
from model.core.events import KINDS

PACKAGES: Final = ("spillover", "mesa", "networkx", "numpy", "pandas", "pyarrow", "pydantic", "typer", "rich", "tomli-w", "matplotlib")


@dataclass(frozen=True, slots=True)
class Origin:
    """How a run came about: the command, the scenario's name, when it was started."""

    command: Sequence[str]
    name: str
    started: datetime


def free_folder(out: Path | None, name: str, seed: int) -> Path:
    """Where the results go: ``out``, which must not exist yet, or the first free ``results/<name>-seed<seed>``.

    Raises:
        BadInput: the folder exists.
    """
    if out is not None:
        if out.exists() and not (out.is_dir() and not any(out.iterdir())):
            raise BadInput([Fault("--out", str(out), "a folder that does not exist yet, or is empty")])
        return out
    wanted = Path("results") / f"{name}-seed{seed}"
    place, count = wanted, 1
    while place.exists():
        count += 1
        place = wanted.with_name(f"{wanted.name}-{count}")
    return place


@contextmanager
def writing(folder: Path) -> Iterator[Path]:
    """A folder to write into, moved to ``folder`` at the end; removed, with the parents made for it, where anything goes wrong."""
    missing = [parent for parent in (folder.parent, *folder.parent.parents) if not parent.exists()]
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        try:
            yield partial
            partial.chmod(0o755)
            if folder.exists():
                folder.rmdir()
            partial.rename(folder)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
    except BaseException:
        for parent in missing:
            if parent.exists() and not any(parent.iterdir()):
                parent.rmdir()
        raise


def write_results(run: Run, folder: Path, origin: Origin, *, figures: bool = True) -> Path:
    """Write the results of a run into ``folder`` and return it."""
    with writing(folder) as place:
        (place / "config.toml").write_bytes(config_of(run))
        (place / "summary.json").write_bytes(_json(summary_of(run)))
        write_parquet(run.series, place / "series.parquet")
        (place / "events").mkdir()
        for kind in KINDS:
            write_parquet(run.events(kind), place / "events" / f"{kind}.parquet")
        if figures:
            draw_all(run, place / "figures")
        (place / "manifest.json").write_bytes(_json(manifest_of(run, origin)))
    return folder


def config_of(run: Run) -> bytes:
    """The scenario with every default, override and the seed: runs again as it did."""
    return tomli_w.dumps(resolved(run.scenario, run.seed)).encode()


def summary_of(run: Run) -> dict[str, dict[str, Any]]:
    """Headline figures: name -> value (None where there is none) and unit."""
    return {
        name: {"value": figure.value if math.isfinite(figure.value) else None, "unit": figure.unit} for name, figure in run.summary.items()
    }


def manifest_of(run: Run, origin: Origin) -> dict[str, Any]:
    """Where a run comes from, and what may differ between two runs of the same bytes."""
    return {
        "scenario": origin.name,
        "command": list(origin.command),
        "seed": run.seed,
        "config_sha256": hashlib.sha256(config_of(run)).hexdigest(),
        "inputs_sha256": dict(run.inputs.hashes),
        "warnings": [str(warning) for warning in run.inputs.warnings],
        "versions": {name: _version(name) for name in PACKAGES},
        "python": platform.python_version(),
        "platform": platform.platform(),
        "git_commit": _git("rev-parse", "HEAD"),
        "git_changed": bool(_git("status", "--porcelain", "--untracked-files=no")),
        "started": origin.started.isoformat(timespec="seconds"),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "run_seconds": round(run.seconds, 3),
        "ticks": run.ticks,
        "ticks_per_second": round(run.ticks_per_second, 1),
    }


def write_parquet(frame: pd.DataFrame, path: Path) -> None:
    """A frame without index and without metadata that varies."""
    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    pq.write_table(table, path, compression="zstd")


def command_line() -> list[str]:
    """The command as it was given."""
    return ["spillover", *sys.argv[1:]]


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _git(*arguments: str) -> str | None:
    """Answer of git about the source of this package, None where it has none."""
    home = Path(__file__).resolve().parent
    try:
        done = subprocess.run(["git", "-C", str(home), *arguments], capture_output=True, text=True, check=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
