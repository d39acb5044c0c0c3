"""A parameter that names a plug-in kind together with that kind's own parameters: ``rate = {kind = "kinked", optimal = 0.9}``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, InstanceOf, PlainSerializer, ValidationError
from pydantic_core import PydanticCustomError

from model.core.params import Params, faults_of
from model.core.registry import Plugin, UnknownKind


@dataclass(frozen=True, slots=True)
class Choice:
    """A chosen kind of a family with its validated parameters."""

    family: type[Plugin]
    kind: str
    params: Params

    def make(self) -> Any:
        """An instance of the chosen mechanism."""
        return self.family.of(self.kind)(self.params)  # type: ignore[call-arg]

    def dump(self) -> dict[str, Any]:
        """The mapping that reads back to this choice."""
        return {"kind": self.kind, **self.params.model_dump(mode="json")}


def read_choice(family: type[Plugin], raw: object) -> Choice:
    """Validate ``{"kind": ..., **parameters}`` against the kind's ``Params``.

    Raises:
        PydanticCustomError: carries every fault, with places relative to the mapping.
    """
    if isinstance(raw, Choice):
        return raw
    if not isinstance(raw, Mapping):
        raise PydanticCustomError("choice", "a table with a kind, one of {kinds}", {"kinds": ", ".join(sorted(family.kinds))})
    given = dict(raw)
    kind = given.pop("kind", None)
    try:
        cls = family.of(str(kind))
    except UnknownKind as error:
        found = "missing" if kind is None else repr(kind)
        faults = [("kind", found, f"kinds of {family.family}: {', '.join(error.choices)}")]
        raise PydanticCustomError("faults", "unknown kind", {"faults": faults}) from None
    try:
        return Choice(family, cls.kind, cls.Params.model_validate(given))
    except ValidationError as error:
        faults = [(fault.place, fault.value, fault.allowed) for fault in faults_of(error, "", cls.Params)]
        raise PydanticCustomError("faults", "parameters of {kind}", {"kind": str(kind), "faults": faults}) from None


def chosen(family: type[Plugin]) -> Any:
    """Type of a parameter that chooses a kind of ``family``."""
    reader = BeforeValidator(lambda raw: read_choice(family, raw))
    return Annotated[InstanceOf[Choice], reader, PlainSerializer(Choice.dump, return_type=dict)]
