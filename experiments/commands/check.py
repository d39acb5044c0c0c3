"""``spillover check``: whether scenarios can run."""

from __future__ import annotations

from experiments.commands.options import Names, Set
from experiments.inputs import Inputs
from experiments.load import load
from experiments.overrides import parse_overrides
from experiments.run import open_ecosystem, release
from experiments.screen import out, say_warnings
from model.core.errors import BadInput


def command(names: Names, overrides: Set = None) -> None:
    """Check that scenarios, or files of scenarios, can be built; every fault of all of them, one a line."""
    values = parse_overrides(overrides or [])
    faults = []
    for name in names:
        try:
            loaded = load(name, values)
            release(open_ecosystem(loaded.scenario, 0, Inputs()))
        except BadInput as error:
            faults += [type(fault)(f"{name}: {fault.place}", fault.value, fault.allowed) for fault in error.faults]
            continue
        out().print(f"{name}: sound", markup=False, soft_wrap=True)
        say_warnings(loaded.warnings)
    if faults:
        raise BadInput(faults)
