"""``spillover import``: a protocol's own configuration becomes a preset."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from experiments.aave_import import import_aave, write_preset
from experiments.screen import out, say_warnings
from model.core.errors import BadInput, Fault

File = Annotated[Path, typer.Argument(help="Configuration of an Aave v3 pool (JSON).", metavar="FILE")]
Preset = Annotated[Path, typer.Option("--out", help="The preset to write (TOML).")]

imports = typer.Typer(help="Turn a protocol's own configuration into a market preset.", no_args_is_help=True)


def aave(path: File, preset: Preset = Path("preset.toml")) -> None:
    """Import an Aave v3 configuration; a scenario names the file: [markets.aave] preset = "preset.toml"."""
    try:
        made = import_aave(path)
    except OSError as error:
        raise BadInput([Fault(str(path), error.strerror or "cannot be read", "a file that can be read")]) from None
    except json.JSONDecodeError as error:
        raise BadInput([Fault(f"{path}:{error.lineno}:{error.colno}", error.msg, "JSON")]) from None
    except KeyError as error:
        raise BadInput([Fault(str(path), f"no figure {error}", "a report of an Aave v3 pool: chainId, reserves, eModes")]) from None
    except (TypeError, ValueError, AttributeError) as error:
        raise BadInput([Fault(str(path), str(error), "a report of an Aave v3 pool: chainId, reserves, eModes")]) from None
    write_preset(made, preset)
    market = made["market"]
    say_warnings(Fault(f"{preset}: market", warning, "worth a look") for warning in made["warnings"])
    guessed = sum("oracle_guess" in kept for kept in made["provenance"]["reserves"].values())
    found = f"{len(market['reserves'])} reserves, {len(market['emodes'])} e-modes, {guessed} oracle conventions guessed"
    out().print(f"{preset}: {made['title']}, {found}", markup=False, soft_wrap=True)
