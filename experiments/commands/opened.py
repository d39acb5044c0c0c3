"""How a command opens what it is asked for: the scenario with its overrides, the input files, and every warning of both said."""

from __future__ import annotations

from pathlib import Path

from experiments.inputs import Inputs, Prices, read_inputs
from experiments.load import Loaded, load
from experiments.overrides import parse_overrides
from experiments.screen import say_warnings
from model.core.errors import BadInput, Fault


def opened(
    name: str, overrides: list[str] | None, prices: Prices = None, positions: Path | None = None, gas: Path | None = None,
    variant: str | None = None,
) -> tuple[Loaded, Inputs]:  # fmt: skip
    """The scenario, or one of its variants, and its inputs.

    Raises:
        BadInput: every fault of scenario, overrides or files; no such variant.
    """
    loaded = loaded_variant(name, overrides, variant)
    inputs = read_inputs(loaded.scenario, prices, positions, gas)
    say_warnings((*loaded.warnings, *inputs.warnings))
    return loaded, inputs


def loaded_variant(name: str, overrides: list[str] | None, variant: str | None) -> Loaded:
    """The scenario with overrides, and with those of one of its variants over them.

    Raises:
        BadInput: every fault of scenario or overrides; no such variant.
    """
    given = parse_overrides(overrides or [])
    loaded = load(name, given)
    if variant is None:
        return loaded
    variants = loaded.scenario.variants
    if variant not in variants:
        raise BadInput([Fault("--variant", repr(variant), f"one of {', '.join(variants) or 'none'}")])
    return load(name, {**given, **variants[variant]})
