"""Prices to replay, from one file or several: which file gives which token, what is recorded beside, and what the files leave open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from experiments.files import InputFile, gaps, listed, not_covered
from experiments.scenario import Scenario
from model.core.draws import Floats
from model.core.errors import Fault
from model.core.units import DAY, parse_time

Series = tuple[Floats, Floats]
"""Times (seconds since 1970) and values, each of shape (rows,)."""

_STEPS: Final = 5
"""Rows further apart than this many of the file's usual steps are a gap, below the scenario's own measure of one too."""


@dataclass(frozen=True, slots=True)
class PriceFile:
    """A file as it was asked for: ``FILE``, or ``TOKEN=FILE`` (``TOKEN,TOKEN=FILE``) for the prices of these tokens alone."""

    path: Path
    tokens: tuple[str, ...] = ()

    @classmethod
    def of(cls, text: str | Path) -> PriceFile:
        """Read the words of the command line; a file whose own name holds an equals sign is found first."""
        label, sign, rest = str(text).partition("=")
        if not sign or "/" in label or Path(text).is_file():
            return cls(Path(text))
        return cls(Path(rest), tuple(token.strip() for token in label.split(",")))


@dataclass(slots=True)
class ReadPrices:
    """What the files hold: USD prices by token, recorded outcomes; faults and warnings."""

    prices: dict[str, Series] = field(default_factory=dict)
    reality: dict[str, Series] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)
    places: dict[str, Path] = field(default_factory=dict)


def read_prices(scenario: Scenario, files: Sequence[PriceFile]) -> ReadPrices:
    """Read every file; faults of all of them come together.

    A labelled file gives the tokens of its label, each from the column that the scenario maps it to (its own name where it maps none).
    A file without a label gives every mapped token; of several, each gives those whose column it has. No token may come twice.
    """
    found = ReadPrices()
    labelled = {token for file in files for token in file.tokens}
    loose = [file for file in files if not file.tokens]
    if scenario.inputs.prices.labelled and loose:
        allowed = f"TOKEN={{}}, with tokens of {listed(sorted(scenario.prices))}"
        found.faults.extend(Fault(f"--prices {file.path}", "no token", allowed.format(file.path)) for file in loose)
        return found
    opened = [(file, InputFile.open(file.path)) for file in files]
    for file, table in opened:
        if table.frame is not None:
            alone = len(loose) == 1 and not file.tokens
            columns = _columns(scenario, file, table, labelled if not file.tokens else set(), alone, found)
            _read(scenario, table, columns, _ratios(scenario, file, table, alone), found)
        found.faults.extend(table.faults)
    if len(loose) > 1 and not found.faults:
        _note_missing(scenario, loose, found)
    return found


def _columns(scenario: Scenario, file: PriceFile, table: InputFile, elsewhere: set[str], alone: bool, found: ReadPrices) -> dict[str, str]:
    """Token -> column that this file gives."""
    assert table.frame is not None
    layout, priced = scenario.inputs.prices, listed(sorted(scenario.prices))
    mapped = dict(layout.columns) or {token: token for token in scenario.prices if token in table.frame.columns}
    if file.tokens:
        mapped = {token: layout.columns.get(token, token) for token in file.tokens}
    unpriced = [token for token in mapped if token not in scenario.prices]
    place = "--prices" if file.tokens else "inputs.prices.columns"
    found.faults.extend(Fault(f"{place}.{token}", "a token without an exogenous price", priced) for token in unpriced)
    columns = {token: column for token, column in mapped.items() if token not in elsewhere}
    if not file.tokens and not alone:
        columns = {token: column for token, column in columns.items() if column in table.frame.columns}
    if not columns:
        table.note("", f"columns {listed([str(column) for column in table.frame.columns])}", f"a column for one of {priced}")
    for token in columns:
        if token in found.places:
            table.note("", f"{token}, which {found.places[token]} gives too", "one file for each token; TOKEN=FILE says which")
        found.places.setdefault(token, table.path)
    return columns


def _ratios(scenario: Scenario, file: PriceFile, table: InputFile, alone: bool) -> dict[str, tuple[str, ...]]:
    """Recorded outcomes and the columns that they are the ratio of: those of a file without a label."""
    assert table.frame is not None
    if file.tokens:
        return {}
    ratios = {outcome: tuple(part.strip() for part in text.split("/", 1)) for outcome, text in scenario.inputs.reality.items()}
    return ratios if alone else {name: ratio for name, ratio in ratios.items() if set(ratio) <= set(table.frame.columns)}


def _read(scenario: Scenario, table: InputFile, columns: dict[str, str], ratios: dict[str, tuple[str, ...]], found: ReadPrices) -> None:
    """The columns of one file, with its gaps and what it leaves open at the ends of the run."""
    layout = scenario.inputs.prices
    wanted = dict.fromkeys([*columns.values(), *(column for ratio in ratios.values() for column in ratio)])
    present = [column for column in wanted if table.has(column)]
    times = table.times(layout.time) if table.has(layout.time) else np.zeros(0)
    values = {column: table.numbers(column, "a number above 0 (USD)", lambda read: read > 0.0) for column in present}
    if table.faults:
        return
    found.warnings.extend(_left_open(scenario, table, times))
    if table.faults:
        return
    found.prices |= {token: (times, values[column]) for token, column in columns.items()}
    for outcome, ratio in ratios.items():
        found.reality[outcome] = times, values[ratio[0]] / values[ratio[1]] if len(ratio) == 2 else values[ratio[0]]


def _left_open(scenario: Scenario, table: InputFile, times: Floats) -> list[Fault]:
    """Warnings of gaps, of rows that the tick passes over, and of ends that the scenario's own prices fill (a fault where they may not)."""
    layout, run = scenario.inputs.prices, scenario.run
    start = parse_time(run.start)
    ends = not_covered(times, start, start + run.days * DAY, 0.0 if layout.fill else layout.gap)
    warnings = []
    for value, allowed in ends:
        if layout.fill:
            warnings.append(Fault(f"{table.path}, column {layout.time}", f"{value}: the scenario's own prices stand there", allowed))
        else:
            table.note(f"column {layout.time}", value, allowed)
    if len(times) < 2:
        return warnings
    step = float(np.median(np.diff(times)))
    if step < run.tick * (1.0 - 1e-9):
        allowed = f"run.tick of at most {step:g} to use every row"
        warnings.append(Fault(str(table.path), f"a row every {step:g} seconds, looked at every {run.tick:g}", allowed))
    return [*warnings, *gaps(table.path, times, min(layout.gap, _STEPS * step))]


def _note_missing(scenario: Scenario, loose: Sequence[PriceFile], found: ReadPrices) -> None:
    """Mapped tokens and recorded columns that none of several files has."""
    paths = listed([str(file.path) for file in loose])
    for token, column in scenario.inputs.prices.columns.items():
        if token not in found.places:
            found.faults.append(Fault(f"column {column}", "missing", f"in one of {paths}"))
    for outcome, text in scenario.inputs.reality.items():
        if outcome not in found.reality:
            found.faults.append(Fault(f"columns {text}", "missing", f"together in one of {paths}"))
