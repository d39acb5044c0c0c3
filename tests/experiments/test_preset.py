"""Presets: each that ships loads into its kind; a scenario names one and says what differs; faults name the preset."""

import json
from datetime import date

import pytest

from experiments.aave_import import import_aave, write_preset
from experiments.cli import call
from experiments.load import load, read
from experiments.preset import load_preset, preset_names
from model.core.errors import BadInput
from model.markets.base import Market
from tests.experiments.small import small
from tests.experiments.test_aave_import import EMODE, RESERVE

SHIPPED = (
    "morpho-wsteth-weth",
    "morpho-wbtc-usdc",
    "compound-v3-usdc",
    "maker-eth-b-2021-04",
    "maker-eth-2020-03",
    "liquity-v1",
    "spark-ethereum",
)


def places(raw, **given):
    with pytest.raises(BadInput) as error:
        read(raw, **given)
    return {fault.place: fault for fault in error.value.faults}


@pytest.mark.parametrize("name", SHIPPED)
def test_each_that_ships_is_dated_sourced_and_loads_into_its_kind(name):
    assert name in preset_names()
    preset = load_preset(name)
    assert date.fromisoformat(preset["as_of"])
    assert preset["sources"]
    given = dict(preset["market"])
    Market.of(given.pop("kind")).Params.read(given, name)


def with_preset(tmp_path, **own):
    """The small scenario with a market whose terms come from an imported file."""
    path = tmp_path / "pool.json"
    weth = {**RESERVE, "symbol": "STETH", "eModeCategory": 1}
    path.write_text(
        json.dumps(
            {"chainId": 1, "eModes": {"1": EMODE}, "poolConfig": {}, "reserves": {"0xAb": weth, "0xCd": {**RESERVE, "symbol": "USDC"}}}
        )
    )
    write_preset(import_aave(path), tmp_path / "pool.toml")
    raw = small()
    feeds = {"steth": {"feed": "steth_eth"}, "usdc": {"feed": "usdc_eth"}, "eth": {"ltv": 0.8, "liquidation_threshold": 0.85}}
    own = {"chain": "ethereum", "numeraire": "eth", "preset": "pool.toml", "reserves": feeds} | own
    raw["markets"]["aave"] = own
    return raw


def test_a_scenario_puts_its_own_keys_over_the_preset(tmp_path):
    raw = with_preset(tmp_path)
    raw["markets"]["aave"]["reserves"]["steth"]["liquidation_threshold"] = 0.9
    params = read(raw, folder=tmp_path).scenario.markets["aave"].choice.params
    assert params.reserves["steth"].ltv == 0.79
    assert params.reserves["steth"].liquidation_threshold == 0.9
    assert params.reserves["steth"].supply_cap == 650_000.0
    assert params.emodes["eth_correlated"].bonus == 0.01
    assert params.reserves["eth"].ltv == 0.8


def test_some_reserves_of_a_preset(tmp_path):
    raw = with_preset(tmp_path, preset_reserves=["steth"])
    params = read(raw, folder=tmp_path).scenario.markets["aave"].choice.params
    assert params.emodes["eth_correlated"].collateral == ("steth",)
    assert params.reserves["usdc"].supply_cap is None
    raw["markets"]["aave"]["preset_reserves"] = ["nonsense"]
    assert "usdc" in places(raw, folder=tmp_path)["markets.aave.preset_reserves"].allowed


def test_faults_name_the_preset_or_the_scenario_whichever_said_so(tmp_path):
    raw = with_preset(tmp_path)
    path = tmp_path / "pool.toml"
    path.write_text(path.read_text().replace("ltv = 0.79", "ltv = 1.79", 1))
    raw["markets"]["aave"]["reserves"]["usdc"]["bonus"] = -1.0
    found = places(raw, folder=tmp_path)
    assert "markets.aave.reserves.usdc.bonus" in found
    assert "markets.aave.reserves.steth.ltv (preset pool.toml, market.reserves.steth.ltv)" in found


def test_a_preset_that_is_not_there_or_is_none():
    for preset, word in (("nonsense", "spark-ethereum"), ("nonsense.toml", "exists"), (5, "spark-ethereum")):
        raw = small()
        raw["markets"]["aave"]["preset"] = preset
        assert word in places(raw)["markets.aave.preset"].allowed


def test_a_loss_at_the_trigger_is_accepted_with_a_warning_that_names_it(tmp_path):
    raw = with_preset(tmp_path)
    path = tmp_path / "pool.toml"
    path.write_text(path.read_text().replace("liquidation_threshold = 0.95", "liquidation_threshold = 0.995"))
    raw["markets"]["aave"]["reserves"]["eth"] = {"ltv": 0.8, "liquidation_threshold": 0.96, "bonus": 0.05}
    loaded = read(raw, folder=tmp_path)
    named = {fault.place: fault.value for fault in loaded.warnings}
    assert "1.008" in named["markets.aave.reserves.eth"]
    assert "1.005" in named["markets.aave.emodes.eth_correlated (preset pool.toml, market.emodes.eth_correlated)"]


def test_the_command_writes_a_preset_that_a_scenario_names(tmp_path, capsys):
    path, preset = tmp_path / "pool.json", tmp_path / "made.toml"
    path.write_text(json.dumps({"chainId": 1, "eModes": {}, "poolConfig": {}, "reserves": {"0xAb": {**RESERVE, "symbol": "STETH"}}}))
    assert call(["import", "aave", str(path), "--out", str(preset)]) == 0
    assert "1 reserves" in capsys.readouterr().out
    raw = small()
    raw["markets"]["aave"] |= {"preset": str(preset)}
    assert read(raw).scenario.markets["aave"].choice.params.reserves["steth"].debt_ceiling == 1234.56


@pytest.mark.parametrize(("text", "word"), [("{", "JSON"), ('{"chainId": 1}', "reserves"), ("[]", "Aave v3")])
def test_a_configuration_that_is_none(tmp_path, capsys, text, word):
    path = tmp_path / "bad.json"
    path.write_text(text)
    assert call(["import", "aave", str(path), "--out", str(tmp_path / "x.toml")]) == 2
    assert word in capsys.readouterr().err
    assert not (tmp_path / "x.toml").exists()


BLOCKS = {"chain": "ethereum"}
MAKER = {**BLOCKS, "kind": "maker"}
IMPOSSIBLE = {
    "kink at 0": ("markets.aave.reserves.usdc.rate.optimal_utilisation", 0.0),
    "kink at 1": ("markets.aave.reserves.usdc.rate.optimal_utilisation", 1.0),
    "threshold of 1": ("markets.aave.reserves.usdc.liquidation_threshold", 1.0),
    "threshold below ltv": ("markets.aave.reserves.usdc.liquidation_threshold", 0.5),
    "A of 0": ("venues.curve.mechanism.amplification", 0.0),
    "A below 0": ("venues.curve.mechanism.amplification", -50.0),
}


@pytest.mark.parametrize("case", IMPOSSIBLE)
def test_what_cannot_be_is_refused_by_its_place(case):
    place, value = IMPOSSIBLE[case]
    raw = small()
    raw["markets"]["aave"]["reserves"]["usdc"]["rate"] = {"kind": "kinked"}
    inner = raw
    *path, last = place.split(".")
    for key in path:
        inner = inner[key]
    inner[last] = value
    assert place in places(raw)


AUCTIONS = {
    "a stair that outlasts the auction": {"step": 9000.0, "tail": 8400.0},
    "a cut below the cusp": {"cut": 0.3, "cusp": 0.4},
    "a cut of 1": {"cut": 1.0},
    "no time to fall": {"curve": "linear", "tau": 0.0},
}


@pytest.mark.parametrize("case", AUCTIONS)
def test_an_auction_that_never_falls_is_refused(case):
    raw = small()
    auction = {"kind": "dutch_auction", **AUCTIONS[case]}
    raw["markets"]["vaults"] = {**MAKER, "types": {"eth": {"feed": "steth_eth", "auction": auction}}}
    assert any(place.startswith("markets.vaults.types.eth.auction") for place in places(raw))


@pytest.mark.parametrize("bands", [3, 51, 0])
def test_bands_out_of_range_are_refused(bands):
    raw = small()
    raw["markets"]["soft"] = {**BLOCKS, "kind": "llamma", "feed": "steth_eth", "bands": bands}
    assert "markets.soft.bands" in places(raw)


def test_a_feed_that_is_not_there():
    raw = small()
    raw["markets"]["soft"] = {**BLOCKS, "kind": "llamma", "feed": "nonsense"}
    assert "steth_eth" in places(raw)["markets.soft.feed"].allowed


def test_shipped_scenarios_still_load():
    assert load("steth-2022").scenario.markets
