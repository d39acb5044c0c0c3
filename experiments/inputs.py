"""What a run is given beside its scenario: prices and gas to replay, accounts to open, what really happened, to compare with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from agents.base import Given
from experiments.files import InputFile, gaps, listed, not_covered, sha256
from experiments.price_files import PriceFile, Series, read_prices
from experiments.scenario import ColumnsParams, Scenario
from model.core.draws import Floats
from model.core.errors import BadInput, Fault
from model.core.units import DAY, parse_time

Prices = str | Path | Sequence[str | Path] | None
"""Files of prices as they are asked for: ``FILE`` or ``TOKEN=FILE``, one or several."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """What ``build`` takes, where it came from, and the recorded course of outcomes.

    ``prices``: token -> times and USD prices. ``gas``: chain -> times and gas prices (gwei). ``reality``: outcome -> times and values.
    ``hashes``: path as given -> SHA-256.
    """

    prices: Mapping[str, Series] | None = None
    positions: Given | None = None
    reality: Mapping[str, Series] = field(default_factory=dict)
    hashes: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[Fault, ...] = ()
    gas: Mapping[str, Series] | None = None


def read_inputs(scenario: Scenario, prices: Prices = None, positions: Path | None = None, gas: Path | None = None) -> Inputs:
    """Read the files of a run; ``prices`` is a file, or several, each ``FILE`` or ``TOKEN=FILE``.

    Raises:
        BadInput: every fault of every file, each with file, line and column.
    """
    files = [PriceFile.of(prices)] if isinstance(prices, str | Path) else [PriceFile.of(text) for text in prices or ()]
    read = read_prices(scenario, files)
    faults, warnings = list(read.faults), list(read.warnings)
    demand: dict[str, Series] | None = None
    if gas is not None:
        demand, gaps_of_gas = _read_gas(scenario, gas, faults)
        warnings += gaps_of_gas
    given = _read_positions(scenario, positions, faults) if positions is not None else None
    if faults:
        raise BadInput(faults)
    hashes = {str(path): sha256(path) for path in (*(file.path for file in files), gas, positions) if path is not None}
    return Inputs(read.prices if files else None, given, read.reality, hashes, tuple(warnings), demand)


def _read_gas(scenario: Scenario, path: Path, faults: list[Fault]) -> tuple[dict[str, Series], list[Fault]]:
    """Gas prices by chain, and gaps; faults are added to ``faults``."""
    layout = scenario.inputs.gas
    file = InputFile.open(path)
    if file.frame is None:
        faults.extend(file.faults)
        return {}, []
    columns = dict(layout.columns) or {chain: chain for chain in scenario.chains if chain in file.frame.columns}
    chains = listed(sorted(scenario.chains))
    faults.extend(Fault(f"inputs.gas.columns.{chain}", "no such chain", chains) for chain in columns if chain not in scenario.chains)
    if not columns:
        shown = listed([str(column) for column in file.frame.columns])
        file.note("", f"columns {shown}", f"a column for one of {chains}, named in inputs.gas.columns")
    times = file.times(layout.time) if file.has(layout.time) else np.zeros(0)
    present = [column for column in dict.fromkeys(columns.values()) if file.has(column)]
    values = {column: file.numbers(column, "a number above 0 (gwei)", lambda found: found > 0.0) for column in present}
    warnings = _cover(scenario, file, times, layout)
    faults.extend(file.faults)
    return ({}, []) if file.faults else ({chain: (times, values[column]) for chain, column in columns.items()}, warnings)


def _cover(scenario: Scenario, file: InputFile, times: Floats, layout: ColumnsParams) -> list[Fault]:
    """Gaps of a sound file, as warnings; a fault for each end of the run that it does not reach."""
    if file.faults:
        return []
    start = parse_time(scenario.run.start)
    for value, allowed in not_covered(times, start, start + scenario.run.days * DAY, layout.gap):
        file.note(f"column {layout.time}", value, allowed)
    return gaps(file.path, times, layout.gap)


def _read_positions(scenario: Scenario, path: Path, faults: list[Fault]) -> Given:
    """Accounts as columns; faults are added to ``faults``."""
    layout = scenario.inputs.positions
    if not layout.columns:
        faults.append(Fault("inputs.positions.columns", "empty", "quantity = column pairs: this scenario opens no given accounts"))
    file = InputFile.open(path)
    found: dict[str, Floats] = {}
    if file.frame is not None:
        for quantity, column in layout.columns.items():
            if file.has(column):
                found[quantity] = file.numbers(column, "a number >= 0", lambda values: values >= 0.0)
    faults.extend(file.faults)
    return Given(found, path.name)
