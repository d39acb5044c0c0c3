"""``spillover depth``: the reference book's depth and spread, fitted to quotes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer
from rich.table import Table

from experiments.screen import number, out
from model.core.errors import BadInput, Fault
from model.venues.impact import fit_impact

File = Annotated[Path, typer.Argument(help="Quotes (CSV): token_in, token_out, amount_in, price_impact.", metavar="FILE")]
Bought = Annotated[str | None, typer.Option("--for", help="Only quotes that buy this token.")]
Move = Annotated[float, typer.Option("--move", help="Price move that depth is stated for.", min=1e-6, max=0.5)]


def command(path: File, bought: Bought = None, move: Move = 0.01) -> None:
    """Fit both forms of the reference book's impact to quotes; error is the root mean square in price impact."""
    try:
        frame = pd.read_csv(path)
        if bought is not None and "token_out" in frame:
            frame = frame[frame["token_out"] == bought]
        fitted = fit_impact(frame, move)
    except OSError as error:
        raise BadInput([Fault(str(path), error.strerror or "cannot be read", "a file that can be read")]) from None
    except ValueError as error:
        raise BadInput([Fault(str(path), str(error), "columns token_in, token_out, amount_in, price_impact")]) from None
    table = Table("sell", "buy", "form", "quotes", f"depth to {move:.2%} (sell token)", "half-spread", "error", "explained", box=None)
    for row in fitted.to_dict("records"):
        figures = (number(float(row[name])) for name in ("depth", "half_spread", "error", "explained"))
        table.add_row(str(row["token_in"]), str(row["token_out"]), str(row["form"]), str(row["quotes"]), *figures)
    out().print(table)
