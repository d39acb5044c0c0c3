"""How a command opens what it is asked for: the scenario with its overrides, the input files, and every warning of both said."""

from __future__ import annotations

from pathlib import Path

from experiments.inputs import Inputs, Prices, read_inputs
from experiments.load import Loaded, load
from experiments.overrides import parse_overrides
from experiments.screen import say_warnings


def opened(
    name: str, overrides: list[str] | None, prices: Prices = None, positions: Path | None = None, gas: Path | None = None
) -> tuple[Loaded, Inputs]:
    """The scenario and its inputs.

    Raises:
        BadInput: every fault of scenario, overrides or files.
    """
    loaded = load(name, parse_overrides(overrides or []))
    inputs = read_inputs(loaded.scenario, prices, positions, gas)
    say_warnings((*loaded.warnings, *inputs.warnings))
    return loaded, inputs
