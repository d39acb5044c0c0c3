"""A block of a scenario: something placed in the world under a name, by kind, with the kind's own parameters beside its place.

[markets.aave]
kind = "pooled"
chain = "ethereum"          # where it stands: the block's own key
numeraire = "eth"           # the rest: parameters of the kind
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import EllipsisType
from typing import Annotated, Any

from pydantic import BeforeValidator, InstanceOf, PlainSerializer
from pydantic_core import PydanticCustomError

from model.core.choice import Choice, read_choice
from model.core.registry import Plugin


@dataclass(frozen=True, slots=True)
class Block:
    """A placed plug-in: its own keys (``chain``...) and the chosen kind."""

    own: dict[str, Any]
    choice: Choice

    def __getattr__(self, name: str) -> Any:
        try:
            return self.own[name]
        except KeyError:
            raise AttributeError(name) from None

    def dump(self) -> dict[str, Any]:
        """The mapping that reads back to this block."""
        kept = {key: value for key, value in self.own.items() if value is not None}
        return {**kept, **self.choice.dump()}


def read_block(family: type[Plugin], keys: Mapping[str, Any], raw: object) -> Block:
    """Split a flat mapping into the block's own keys (with defaults; ``...`` for required ones) and the kind's parameters."""
    if isinstance(raw, Block):
        return raw
    if not isinstance(raw, Mapping):
        raise PydanticCustomError("choice", "a table with a kind, one of {kinds}", {"kinds": ", ".join(sorted(family.kinds))})
    given = dict(raw)
    own = {key: given.pop(key, default) for key, default in keys.items()}
    faults = [(key, "missing", "a value is required") for key, value in own.items() if value is ...]
    faults += [
        (key, repr(own[key]), "a name") for key, default in keys.items() if default is ... and not isinstance(own[key], str | EllipsisType)
    ]
    try:
        choice = read_choice(family, given)
    except PydanticCustomError as error:
        faults += (error.context or {}).get("faults", [])
    if faults:
        raise PydanticCustomError("faults", "a block", {"faults": faults})
    return Block(own, choice)


def placed(family: type[Plugin], **keys: Any) -> Any:
    """The type of such a block; ``keys`` are its own keys with their defaults (``...`` for required ones)."""
    reader = BeforeValidator(lambda raw: read_block(family, keys, raw))
    return Annotated[InstanceOf[Block], reader, PlainSerializer(Block.dump, return_type=dict)]
