"""Parameters: declared once, beside their mechanism, frozen, with bounds, unit, default, description and source.

Validation, sliders, sweep bounds, sampling problems and the parameter reference are all made from the declaration.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from model.core.errors import BadInput, Fault

Amounts = dict[str, Annotated[float, Field(ge=0)]]
"""Type of a parameter that holds a figure of 0 or more for each of several names."""


def param(default: Any = PydanticUndefined, *, unit: str, description: str, source: str | None = None, **bounds: Any) -> Any:
    """A parameter of a :class:`Params` class.

    ``bounds`` are pydantic's (``ge``, ``gt``, ``le``, ``lt``, ``min_length``...). ``unit`` is a word: ``1`` for a
    pure number, ``fraction``, ``1/year``, ``seconds``, ``ETH``, ``USD``... A mutable default is copied per instance.
    """
    extra: dict[str, Any] = {"unit": unit, "source": source}
    if isinstance(default, dict | list | set):
        return Field(default_factory=lambda: type(default)(default), description=description, json_schema_extra=extra, **bounds)
    return Field(default, description=description, json_schema_extra=extra, **bounds)


class Params(BaseModel):
    """Frozen parameters of one mechanism. Unknown keys, infinities and NaN are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, validate_default=True)

    @classmethod
    def read(cls, raw: object, place: str = "") -> Self:
        """Validate ``raw`` (a mapping) and name every fault by its dotted place.

        Raises:
            BadInput: with all faults of the mapping.
        """
        try:
            return cls.model_validate(raw)
        except ValidationError as error:
            raise BadInput(faults_of(error, place, cls)) from None

    def replaced(self, **changes: Any) -> Self:
        """A revalidated copy, as a governance action makes it."""
        return type(self).model_validate({**self.model_dump(), **changes})

    def digest(self) -> str:
        """SHA-256 of the canonical JSON form: the name of this design."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    @classmethod
    def reference(cls) -> Iterator[dict[str, Any]]:
        """Rows of the parameter reference: name, type, unit, default, bounds, description, source."""
        for name, field in cls.model_fields.items():
            extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
            default = None if field.is_required() else field.get_default(call_default_factory=True, validated_data={})
            yield {
                "name": name,
                "type": str(field.annotation if not isinstance(field.annotation, type) else field.annotation.__name__),
                "unit": extra.get("unit"),
                "default": default,
                "bounds": bounds_of(field),
                "description": field.description,
                "source": extra.get("source"),
            }


def names_in(params: BaseModel, unit: str) -> Iterator[str]:
    """Every name that parameters of this unit (``feed``, ``token``...) hold, those of inner parameters included."""
    for name, field in type(params).model_fields.items():
        extra, value = field.json_schema_extra, getattr(params, name)
        if isinstance(value, str) and isinstance(extra, dict) and extra.get("unit") == unit:
            yield value
        for inner in value.values() if isinstance(value, dict) else (value,):
            if isinstance(inner, BaseModel):
                yield from names_in(inner, unit)


def bounds_of(field: FieldInfo) -> str:
    """The bounds of a field in words, for instance ``>= 0, < 1``."""
    signs = (("gt", ">"), ("ge", ">="), ("lt", "<"), ("le", "<="), ("min_length", "length >="), ("max_length", "length <="))
    found = [f"{sign} {getattr(meta, name)}" for meta in field.metadata for name, sign in signs if getattr(meta, name, None) is not None]
    return ", ".join(found)


def faults_of(error: ValidationError, place: str, cls: type[BaseModel]) -> list[Fault]:
    """The faults of a pydantic error, each with dotted place, value and what is allowed."""
    faults: list[Fault] = []
    for item in error.errors(include_url=False):
        where = ".".join([place, *(str(part) for part in item["loc"])]).strip(".")
        allowed = item["msg"].removeprefix("Value error, ")
        if item["type"] == "faults":
            inner = item["ctx"]["faults"]
            faults.extend(Fault(".".join(part for part in (where, inside) if part), value, right) for inside, value, right in inner)
        elif item["type"] == "extra_forbidden":
            allowed = f"one of {', '.join(sorted(cls.model_fields))}" if len(item["loc"]) == 1 else "no such parameter here"
            faults.append(Fault(where, "unknown parameter", allowed))
        elif item["type"] == "missing":
            faults.append(Fault(where, "missing", "a value is required"))
        else:
            value = repr(item["input"])
            faults.append(Fault(where, value if len(value) <= 80 else value[:77] + "...", allowed))
    return faults
