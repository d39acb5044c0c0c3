"""Arguments and options that several commands share. Help is rich markup: a bracket in it is escaped."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Name = Annotated[str, typer.Argument(help="A scenario that ships, or the path of a .toml file.", metavar="NAME")]
Names = Annotated[list[str], typer.Argument(help="Scenarios that ship, or paths of .toml files.", metavar="NAME...")]
Set = Annotated[list[str] | None, typer.Option("--set", help="A dotted override, a.b=value (may be repeated).", metavar="PLACE=VALUE")]
Variant = Annotated[str | None, typer.Option("--variant", help="A variant of the scenario; none for the scenario itself.")]
Prices = Annotated[
    list[str] | None,
    typer.Option(
        "--prices", metavar="FILE|TOKEN=FILE",
        help="Prices to replay: CSV or Parquet, columns as in \\[inputs.prices]; TOKEN=FILE for one token (may be repeated).",
    ),
]  # fmt: skip
Positions = Annotated[Path | None, typer.Option("--positions", help="Accounts: CSV or Parquet, columns as in \\[inputs.positions].")]
Gas = Annotated[Path | None, typer.Option("--gas", help="Gas prices to replay: CSV or Parquet, columns as in \\[inputs.gas].")]
