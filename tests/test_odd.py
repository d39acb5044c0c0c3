"""ODD.md, the parameter reference and the code say the same. Refresh: ``spillover reference``."""

from pathlib import Path

from experiments.commands.reference import MARK
from experiments.reference import families, kinds_list, parameter_reference
from model.phases import PHASES

TEXT = Path("ODD.md").read_text(encoding="utf-8")


def test_phases_are_those_of_the_step():
    for place, phase in enumerate(PHASES, 1):
        assert f"{place}. **{phase.name}**: {phase.does}" in TEXT


def test_every_kind_is_named():
    assert TEXT.partition(MARK)[2] == kinds_list()


def test_every_parameter_is_in_the_reference():
    assert Path("docs/parameters.md").read_text(encoding="utf-8") == parameter_reference()


def test_every_parameter_has_a_unit_and_a_description():
    bare = [
        f"{family.family}.{kind}.{row['name']}"
        for family in families()
        for kind, cls in family.kinds.items()
        for row in cls.Params.reference()
        if not row["unit"] or not row["description"]
    ]
    assert bare == []


def test_a_kind_is_the_name_of_its_file():
    for family in families():
        for kind, cls in family.kinds.items():
            if cls.__module__.split(".")[0] in ("model", "agents"):
                assert cls.__module__.rsplit(".", 1)[-1] == kind
