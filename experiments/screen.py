"""What is said on the screen: results on standard output, faults and progress on standard error."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from model.core.errors import Fault

_WIDE: Final = 140


def out() -> Console:
    """The console of results; into a file or a pipe it writes wide enough for every table."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=_WIDE)


def err() -> Console:
    """The console of faults, warnings and progress."""
    return Console(stderr=True, highlight=False)


def say_faults(faults: Iterable[Fault]) -> None:
    """One line per fault, never wrapped."""
    for fault in faults:
        _line("error", fault)


def say_warnings(warnings: Iterable[Fault]) -> None:
    """One line per warning, never wrapped."""
    for warning in warnings:
        _line("warning", warning)


def progress_bar() -> Progress:
    """A bar with the time that is left, gone when the run is done."""
    return Progress(
        TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn(),
        console=err(), transient=True,
    )  # fmt: skip


def number(value: float) -> str:
    """A figure as a person reads it: four significant digits, thousands apart."""
    if value != value:
        return "none"
    if value and (abs(value) >= 1e15 or abs(value) < 1e-4):
        return f"{value:.3e}"
    if abs(value) >= 1000.0:
        return f"{value:,.0f}"
    return f"{value:.4g}"


def span(low: float, high: float) -> str:
    """A figure, or a range of figures."""
    return number(low) if low == high else f"{number(low)} to {number(high)}"


def _line(word: str, fault: Fault) -> None:
    err().print(f"{word}: {fault}".replace("\n", " "), markup=False, soft_wrap=True)
