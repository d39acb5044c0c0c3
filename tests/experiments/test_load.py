from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tomli_w

from experiments.load import load, read, resolved, scenario_names
from model.core.errors import BadInput
from tests.experiments.small import small


def places(raw: dict[str, Any], **overrides: Any) -> dict[str, str]:
    """Fault place -> what is allowed."""
    with pytest.raises(BadInput) as found:
        read(raw)
    return {fault.place: f"{fault.value} -> {fault.allowed}" for fault in found.value.faults}


def test_the_resolved_scenario_reads_back_to_itself() -> None:
    scenario = read(small()).scenario
    again = read(resolved(scenario)).scenario
    assert again == scenario
    assert again.digest() == scenario.digest()
    assert read(resolved(scenario, 7)).scenario.run.seed == 7
    tomli_w.dumps(resolved(scenario))


def test_every_scenario_that_ships_loads() -> None:
    for name in scenario_names():
        assert load(name).scenario.title


def test_overrides_reach_deep(small_file: Path) -> None:
    loaded = load(small_file, {"markets.aave.reserves.steth.ltv": 0.5, "run.days": 2, "feeds.steth_eth.mechanism.deviation": 0.01})
    assert loaded.scenario.markets["aave"].choice.params.reserves["steth"].ltv == 0.5
    assert loaded.scenario.run.days == 2
    assert loaded.scenario.feeds["steth_eth"].mechanism.params.deviation == 0.01
    assert loaded.name == "small"


def test_another_kind_replaces_the_table(small_file: Path) -> None:
    loaded = load(small_file, {"feeds.steth_eth.mechanism": {"kind": "exchange_rate", "claim": "claim:steth"}})
    assert loaded.scenario.feeds["steth_eth"].mechanism.kind == "exchange_rate"


def test_a_base_is_inherited_one_level_deep_only(small_file: Path, tmp_path: Path) -> None:
    child = tmp_path / "child.toml"
    child.write_text('base = "small.toml"\ntitle = "Child"\n[run]\ndays = 3\n')
    loaded = load(child)
    assert (loaded.scenario.title, loaded.scenario.run.days, loaded.scenario.run.tick) == ("Child", 3, 600)
    grandchild = tmp_path / "grandchild.toml"
    grandchild.write_text('base = "child.toml"\ntitle = "Grandchild"\n')
    with pytest.raises(BadInput) as found:
        load(grandchild)
    assert found.value.faults[0].place == "base"
    assert "one level" in found.value.faults[0].allowed


@pytest.mark.parametrize("name", ["nosuch", "nosuch.toml"])
def test_a_scenario_that_is_not_there(name: str) -> None:
    with pytest.raises(BadInput) as found:
        load(name)
    assert found.value.faults[0].value == name


def test_a_file_that_is_no_toml(tmp_path: Path) -> None:
    path = tmp_path / "broken.toml"
    path.write_text("title = \n")
    with pytest.raises(BadInput) as found:
        load(path)
    assert "line 1" in found.value.faults[0].value


def test_all_faults_of_schema_and_references_come_together() -> None:
    raw = small()
    raw["colour"] = "blue"
    raw["venues"]["curve"]["mechanism"]["kind"] = "stableswop"
    raw["markets"]["aave"]["reserves"]["steth"]["ltv"] = 0.9
    raw["markets"]["aave"]["reserves"]["steth"]["bonuss"] = 0.1
    raw["markets"]["aave"]["reserves"]["usdc"].pop("feed")
    raw["venues"]["curve"]["reserves"]["eth"] = -5.0
    raw["agents"]["lenders"]["supplied"] = -1.0
    raw["tokens"]["steth"]["chain"] = "etherium"
    found = places(raw)
    assert set(found) == {
        "colour",
        "venues.curve.mechanism.kind",
        "markets.aave.reserves.steth.liquidation_threshold",
        "markets.aave.reserves.steth.bonuss",
        "markets.aave.reserves.usdc.feed",
        "venues.curve.reserves.eth",
        "agents.lenders.supplied",
        "tokens.steth.chain",
    }
    assert "stableswap" in found["venues.curve.mechanism.kind"]
    assert "above ltv 0.9" in found["markets.aave.reserves.steth.liquidation_threshold"]
    assert "greater than or equal to 0" in found["agents.lenders.supplied"]
