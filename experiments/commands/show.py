"""``spillover show``: a scenario as it will run."""

from __future__ import annotations

import tomli_w

from experiments.commands.options import Name, Set
from experiments.load import load, resolved
from experiments.overrides import parse_overrides
from experiments.screen import out, say_warnings


def command(name: Name, overrides: Set = None) -> None:
    """Print a scenario with its base and overrides put together and every default filled in, as TOML."""
    loaded = load(name, parse_overrides(overrides or []))
    out().print(tomli_w.dumps(resolved(loaded.scenario)), markup=False, soft_wrap=True, end="")
    say_warnings(loaded.warnings)
