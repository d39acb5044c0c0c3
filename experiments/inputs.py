"""What a run is given beside its scenario: prices to replay, accounts to open, and what really happened, to compare with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from agents.base import Given
from experiments.files import InputFile, sha256
from experiments.price_files import PriceFile, Series, read_prices
from experiments.scenario import Scenario
from model.core.draws import Floats
from model.core.errors import BadInput, Fault

Prices = str | Path | Sequence[str | Path] | None
"""Files of prices as they are asked for: ``FILE`` or ``TOKEN=FILE``, one or several."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """What ``build`` takes, where it came from, and the recorded course of outcomes.

    ``prices``: token -> times and USD prices. ``reality``: outcome -> times and values. ``hashes``: path as given -> SHA-256.
    """

    prices: Mapping[str, Series] | None = None
    positions: Given | None = None
    reality: Mapping[str, Series] = field(default_factory=dict)
    hashes: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[Fault, ...] = ()


def read_inputs(scenario: Scenario, prices: Prices = None, positions: Path | None = None) -> Inputs:
    """Read the files of a run; ``prices`` is a file, or several, each ``FILE`` or ``TOKEN=FILE``.

    Raises:
        BadInput: every fault of every file, each with file, line and column.
    """
    files = [PriceFile.of(prices)] if isinstance(prices, str | Path) else [PriceFile.of(text) for text in prices or ()]
    read = read_prices(scenario, files)
    faults = list(read.faults)
    given = _read_positions(scenario, positions, faults) if positions is not None else None
    if faults:
        raise BadInput(faults)
    hashes = {str(path): sha256(path) for path in (*(file.path for file in files), positions) if path is not None}
    return Inputs(read.prices if files else None, given, read.reality, hashes, tuple(read.warnings))


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
