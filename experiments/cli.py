"""The command line: ``spillover``. Each command is a file of ``experiments.commands``."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer
from click.exceptions import Abort, ClickException

from experiments.commands import catalogue, check, run, show
from experiments.screen import say_faults
from model.core.errors import BadInput

BAD_INPUT, INTERRUPTED = 2, 130

app = typer.Typer(name="spillover", help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.command("list")(catalogue.command)
app.command("show")(show.command)
app.command("check")(check.command)
app.command("run")(run.command)


def call(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code: 0, 2 for bad input (one line per fault), 130 when interrupted."""
    try:
        code = app(args=arguments, standalone_mode=False)
    except BadInput as error:
        say_faults(error.faults)
        return BAD_INPUT
    except ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, Abort):
        return INTERRUPTED
    return code if isinstance(code, int) else 0


def main() -> None:
    """Entry point of the distribution."""
    sys.exit(call())
