from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from experiments.load import load, read
from experiments.results import Origin, free_folder, write_results, writing
from experiments.run import Run, run
from model.core.errors import BadInput
from model.core.events import KINDS
from tests.experiments.small import small

ORIGIN = Origin(("spillover", "run", "small"), "small", datetime(2022, 6, 10, tzinfo=UTC))


def one() -> Run:
    raw = small()
    raw["run"]["days"] = 0.125
    return run(read(raw).scenario, 3)


def test_a_folder_as_the_design_lists_it(tmp_path: Path) -> None:
    folder = write_results(one(), tmp_path / "results" / "small", ORIGIN)
    assert {path.name for path in folder.iterdir()} == {
        "config.toml",
        "summary.json",
        "series.parquet",
        "events",
        "manifest.json",
        "figures",
    }
    assert {path.stem for path in (folder / "events").iterdir()} == set(KINDS)
    assert {"claim_price.png", "pool_shares.png", "health.png", "network.png"} <= {path.name for path in (folder / "figures").iterdir()}
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["lowest price.curve.steth/eth"]["unit"] == "eth per steth"
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["seed"] == 3
    assert manifest["command"] == ["spillover", "run", "small"]
    assert manifest["versions"]["mesa"].startswith("3.")
    assert len(pd.read_parquet(folder / "series.parquet")) == 4
    assert list(folder.parent.iterdir()) == [folder]


def test_the_same_seed_gives_the_same_bytes_also_from_its_own_config(tmp_path: Path) -> None:
    first = write_results(one(), tmp_path / "first", ORIGIN, figures=False)
    loaded = load(first / "config.toml").scenario
    assert loaded.run.seed == 3
    second = write_results(run(loaded, 3), tmp_path / "second", ORIGIN, figures=False)
    files = [path.relative_to(first) for path in first.rglob("*") if path.is_file() and path.name != "manifest.json"]
    assert len(files) == 3 + len(KINDS)
    for file in files:
        assert (first / file).read_bytes() == (second / file).read_bytes(), file


@pytest.mark.parametrize("trouble", [KeyboardInterrupt, OSError])
def test_nothing_is_left_of_what_fails(tmp_path: Path, trouble: type[BaseException]) -> None:
    def fail() -> None:
        with writing(tmp_path / "made" / "for" / "it") as place:
            (place / "half").write_text("written")
            raise trouble

    with pytest.raises(trouble):
        fail()
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_there_is_not_written_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "there").mkdir()
    assert free_folder(tmp_path / "there", "small", 1) == tmp_path / "there"
    (tmp_path / "there" / "file").touch()
    with pytest.raises(BadInput):
        free_folder(tmp_path / "there", "small", 1)
    monkeypatch.chdir(tmp_path)
    assert free_folder(None, "small", 1) == Path("results/small-seed1")
    (tmp_path / "results" / "small-seed1").mkdir(parents=True)
    assert free_folder(None, "small", 1) == Path("results/small-seed1-2")
