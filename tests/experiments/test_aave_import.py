"""Aave configurations become presets and come back figure by figure."""

import json
import os
from pathlib import Path

import pytest

from experiments.aave_import import export_aave, import_aave, read_preset, write_preset
from experiments.oracle_guess import guess_convention
from model.core.errors import BadInput
from model.markets.pooled_params import PooledParams

ROOT = Path(__file__).parents[2]
HOMES = [os.environ.get("SPILLOVER_DATA", ""), ROOT.parent / "shared" / "data", ROOT.parent.parent / "shared" / "data"]
FILES = sorted({path.name: path for home in HOMES if home for path in (Path(home) / "aave_v3_config").glob("*.json")}.values())
REAL = pytest.mark.skipif(not FILES, reason="no recorded configurations")

RESERVE = {
    "symbol": "wstETH", "decimals": 18, "ltv": 7900, "liquidationThreshold": 8100, "liquidationBonus": 10600,
    "liquidationProtocolFee": 1000, "reserveFactor": 3500, "supplyCap": 650000, "borrowCap": 0, "debtCeiling": 123456,
    "borrowingEnabled": True, "usageAsCollateralEnabled": True, "isFrozen": False, "isPaused": False, "isSiloed": False,
    "isBorrowableInIsolation": False, "oracleDescription": "wstETH/ETH/USD", "oracleLatestAnswer": 236668371517,
    "oracleDecimals": 8, "eModeCategory": 1, "aTokenUnderlyingBalance": "123456789012345678901234567",
    "strategy": {
        "baseVariableBorrowRate": 10**24, "optimalUsageRatio": 8 * 10**26, "variableRateSlope1": 55 * 10**24,
        "variableRateSlope2": 3 * 10**27, "stableRateSlope1": 0,
    },
}  # fmt: skip
EMODE = {"eModeCategory": 1, "label": "ETH correlated", "liquidationBonus": 10100, "liquidationThreshold": 9500, "ltv": 9300}


def figures(value):
    """Every figure as an integer where it is one: recordings write the same ones as numbers or as strings."""
    if isinstance(value, dict):
        return {key: figures(inner) for key, inner in value.items()}
    return int(value) if isinstance(value, str) and value.isdigit() else value


@pytest.fixture
def small(tmp_path):
    path = tmp_path / "small.json"
    path.write_text(json.dumps({"chainId": 1, "eModes": {"1": EMODE}, "poolConfig": {}, "reserves": {"0xAbCd": RESERVE}}))
    return path


def changed(path, **changes):
    raw = json.loads(path.read_text())
    raw["reserves"]["0xAbCd"] |= changes
    path.write_text(json.dumps(raw))
    return path


def test_units_and_limits(small):
    market = import_aave(small)["market"]
    reserve = market["reserves"]["wsteth"]
    assert (reserve["ltv"], reserve["liquidation_threshold"], reserve["bonus"]) == (0.79, 0.81, 0.06)
    assert reserve["supply_cap"] == 650_000.0
    assert "borrow_cap" not in reserve, "0 means no cap"
    assert reserve["debt_ceiling"] == 1234.56, "a ceiling has two decimals"
    assert reserve["rate"] == {"kind": "kinked", "optimal_utilisation": 0.8, "base": 0.001, "slope1": 0.055, "slope2": 3.0}
    assert market["emodes"]["eth_correlated"]["collateral"] == ["wsteth"]
    assert market["rules"]["kind"] == "aave_v3"


def test_toml_and_back(small, tmp_path):
    preset = import_aave(small)
    write_preset(preset, tmp_path / "preset.toml")
    assert figures(export_aave(read_preset(tmp_path / "preset.toml"))) == figures(json.loads(small.read_text()))


def test_a_loss_at_the_trigger_is_named(small):
    warnings = import_aave(changed(small, liquidationThreshold=9500, liquidationBonus=10600))["warnings"]
    assert any(text.startswith("reserves.wsteth: liquidation_threshold 0.95") for text in warnings)
    assert import_aave(changed(small, liquidationThreshold=8100))["warnings"] == []


def test_impossible_figures_are_refused_with_their_place(small):
    with pytest.raises(BadInput, match=r"market\.reserves\.wsteth"):
        import_aave(changed(small, ltv=9000))


def test_bitmaps_need_the_reserves_numbers(small):
    raw = json.loads(small.read_text())
    raw["eModes"]["1"] |= {"collateralBitmap": "8", "borrowableBitmap": "8"}
    raw["reserves"]["0xAbCd"].pop("eModeCategory")
    small.write_text(json.dumps(raw))
    known = import_aave(small, {"wstETH": 3})
    assert known["market"]["emodes"]["eth_correlated"]["borrowable"] == ["wsteth"]
    assert figures(export_aave(known)) == figures(raw)
    unknown = import_aave(small, {})
    assert unknown["market"]["emodes"]["eth_correlated"]["collateral"] == []
    assert "reserve numbers 3" in unknown["warnings"][0]
    assert figures(export_aave(unknown)) == figures(raw)


@REAL
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_real_configurations_come_back_figure_by_figure(path, tmp_path):
    preset = import_aave(path)
    write_preset(preset, tmp_path / "preset.toml")
    preset = read_preset(tmp_path / "preset.toml")
    raw = json.loads(path.read_text())
    assert figures(export_aave(preset)) == figures(raw)
    PooledParams.read({key: value for key, value in preset["market"].items() if key != "kind"})
    assert len(preset["market"]["reserves"]) == len(raw["reserves"])
    assert not [text for text in preset["warnings"] if "no member" in text]


def test_a_strategy_without_a_kink_is_a_fixed_rate(small):
    flat = {"baseVariableBorrowRate": 3 * 10**25, "optimalUsageRatio": 0, "variableRateSlope1": 0, "variableRateSlope2": 0}
    preset = import_aave(changed(small, strategy=flat))
    assert preset["market"]["reserves"]["wsteth"]["rate"] == {"kind": "fixed", "rate": 0.03}
    assert export_aave(preset)["reserves"]["0xAbCd"]["strategy"] == flat


@pytest.mark.parametrize(
    ("symbol", "description", "convention", "base"),
    [
        ("WETH", "ETH / USD", "market", "ETH"),
        ("tBTC", "BTC / USD", "pegged", "BTC"),
        ("USDC", "Capped USDC / USD", "capped_market", "USDC"),
        ("USDe", "Capped USDT/USD", "pegged", "USDT"),
        ("wstETH", "wstETH/ETH/USD", "exchange_rate", "ETH"),
        ("wstETH", "Capped wstETH / stETH(ETH) / USD", "capped_growth", "ETH"),
        ("PT-USDe-31JUL2025", "PT Capped USDe USDT/USD linear discount 31JUL2025", "discount_to_maturity", "USDe"),
        ("GHO", None, "fixed", ""),
    ],
)
def test_oracle_conventions_are_guessed_and_marked(symbol, description, convention, base):
    found = guess_convention(symbol, description, 10**8, 8)
    assert (found["convention"], found["base"], found["guessed"]) == (convention, base, True)
