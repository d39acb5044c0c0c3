"""Comparison of variants of a scenario over seeds, on common random numbers.

W is the run; W0 the same with the sales of liquidations filled outside at the pre-trade price, moving no venue; W00 with the sales of
deleveraging sterilised too. W - W0 is the effect of liquidation sales, W0 - W00 that of deleveraging. A scenario names further variants
as overrides. A finished run is a row of ``runs.csv`` at once: an interrupted comparison goes on where it stopped.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.inputs import Prices, read_inputs
from experiments.load import load
from experiments.published import PublishedParams
from experiments.run import run

TWINS: Mapping[str, Mapping[str, Any]] = {
    "W": {},
    "W0": {"run.sterile": ["liquidation"]},
    "W00": {"run.sterile": ["liquidation", "deleveraging"]},
}
"""Twin runs, by the purposes whose sales move no venue."""


@dataclass(frozen=True, slots=True)
class Job:
    """One run of a comparison, as a worker process is told it."""

    scenario: str
    variant: str
    seed: int
    overrides: dict[str, Any] = field(default_factory=dict)
    prices: Prices = None
    positions: Path | None = None
    gas: Path | None = None


def variants_of(name: str, overrides: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The twins and the variants that the scenario names, each as overrides on top of ``overrides``."""
    scenario = load(name, dict(overrides)).scenario
    return {variant: {**overrides, **changes} for variant, changes in {**TWINS, **scenario.variants}.items()}


def perform(job: Job) -> dict[str, Any]:
    """Run one job; returns a flat row: variant, seed, ticks per second, and every headline figure."""
    loaded = load(job.scenario, job.overrides)
    done = run(loaded.scenario, job.seed, read_inputs(loaded.scenario, job.prices, job.positions, job.gas))
    figures = {name: figure.value for name, figure in done.summary.items()}
    return {"variant": job.variant, "seed": job.seed, "ticks_per_second": done.ticks_per_second, **figures}


def compare(jobs: Sequence[Job], folder: Path, workers: int, progress: Callable[[float], None] | None = None) -> pd.DataFrame:
    """Run what is not in ``folder/runs.csv`` yet, and return all rows by variant and seed."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "runs.csv"
    known = pd.read_csv(path) if path.exists() else pd.DataFrame(columns=["variant", "seed"])
    done = set(zip(known["variant"], known["seed"].astype(int), strict=True))
    left = [job for job in jobs if (job.variant, job.seed) not in done]
    for count, row in enumerate(_rows(left, workers), 1):
        _append(path, row)
        if progress is not None:
            progress((len(jobs) - len(left) + count) / len(jobs))
    frame = pd.read_csv(path)
    wanted = {(job.variant, job.seed) for job in jobs}
    chosen = [(variant, seed) in wanted for variant, seed in zip(frame["variant"], frame["seed"], strict=True)]
    return frame[chosen].sort_values(["variant", "seed"]).reset_index(drop=True)


def spread(frame: pd.DataFrame, figures: Sequence[str]) -> pd.DataFrame:
    """Median, 5 % and 95 % quantile of each figure by variant, and the median difference from W on the same seed."""
    base = frame[frame["variant"] == "W"].set_index("seed")
    rows = []
    for variant, group in frame.groupby("variant", sort=False):
        for figure in figures:
            values = group.set_index("seed")[figure]
            against = (values - base[figure]).dropna() if figure in base else pd.Series(dtype=float)
            low, median, high = values.quantile([0.05, 0.5, 0.95])
            row = {"variant": variant, "figure": figure, "median": median, "q05": low, "q95": high}
            rows.append({**row, "less W": against.median(), "runs": len(values)})
    return pd.DataFrame(rows)


def against_published(frame: pd.DataFrame, published: Mapping[str, PublishedParams]) -> pd.DataFrame:
    """Per variant and published figure: the figure, median and 5 % and 95 % quantile of the runs (a level that a run does not reach counts
    as later than all), how many lie in the published range, how many runs there are.
    """
    rows = []
    for variant, group in frame.groupby("variant", sort=False):
        for label, entry in published.items():
            values = group[label].fillna(math.inf) if entry.level is not None else group[label]
            low, median, high = (float(values.quantile(share, interpolation="nearest")) for share in (0.05, 0.5, 0.95))
            row = {"variant": variant, "figure": label, "low": entry.low, "high": entry.most, "median": median, "q05": low, "q95": high}
            inside = int(values.between(entry.low, entry.most).sum())
            rows.append({**row, "inside": inside, "runs": len(values), "status": entry.status})
    return pd.DataFrame(rows)


def _rows(jobs: Sequence[Job], workers: int) -> Iterator[dict[str, Any]]:
    if workers <= 1:
        yield from map(perform, jobs)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        pending = [pool.submit(perform, job) for job in jobs]
        try:
            for finished in as_completed(pending):
                yield finished.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _append(path: Path, row: dict[str, Any]) -> None:
    fresh = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(row))
        if fresh:
            writer.writeheader()
        writer.writerow(row)
