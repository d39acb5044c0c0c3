"""The command line: ``spillover``. Each command is a file of ``experiments.commands``."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Sequence

import typer

from experiments.commands import (
    auctions,
    catalogue,
    check,
    compare,
    depth,
    designs,
    feeds,
    import_,
    lows,
    network,
    overhang,
    reference,
    run,
    show,
)
from experiments.screen import say_faults
from model.core.errors import BadInput

BAD_INPUT, INTERRUPTED = 2, 130

app = typer.Typer(
    name="spillover",
    help="Agent-based model of liquidation cascades under cross-chain and staked-asset collateral.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def guarded(command: Callable[..., None]) -> Callable[..., None]:
    """The command with its ways to fail: bad input is one line per fault and exit code 2, an interruption exit code 130."""

    @functools.wraps(command)
    def call_guarded(*arguments: object, **options: object) -> None:
        try:
            command(*arguments, **options)
        except BadInput as error:
            say_faults(error.faults)
            raise typer.Exit(BAD_INPUT) from None
        except KeyboardInterrupt:
            raise typer.Exit(INTERRUPTED) from None

    return call_guarded


app.command("list")(guarded(catalogue.command))
app.command("show")(guarded(show.command))
app.command("check")(guarded(check.command))
app.command("run")(guarded(run.command))
app.command("compare")(guarded(compare.command))
app.command("feeds")(guarded(feeds.command))
app.command("auctions")(guarded(auctions.command))
app.command("reference")(guarded(reference.command))
app.command("designs")(guarded(designs.command))
app.command("lows")(guarded(lows.command))
app.command("overhang")(guarded(overhang.command))
app.command("depth")(guarded(depth.command))
import_.imports.command("aave")(guarded(import_.aave))
app.add_typer(import_.imports, name="import")
app.command("network")(guarded(network.command))


def call(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns its exit code."""
    try:
        app(args=arguments)
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 0
    return 0


def main() -> None:
    """Entry point of the distribution."""
    sys.exit(call())
