"""Dotted overrides: ``markets.aave.reserves.steth.ltv=0.7``, the same strings on the command line, in sweeps and on the page."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date, time
from typing import Any, Final

from model.core.errors import BadInput, Fault

SECTIONS: Final = ("chains", "prices", "tokens", "venues", "feeds", "markets", "agents", "shocks")
"""Tables of a scenario whose keys are names."""

_PART = re.compile(r'\s*(?:"([^"]*)"|\'([^\']*)\'|([^."\'=]+?))\s*(\.|$)')
_WORD = re.compile(r"[^\s\[\]{}\"'=,#][^\[\]{}\"'=#]*")


def split_place(place: str) -> list[str]:
    """The keys of a dotted place; a key with dots is quoted, as in TOML.

    Raises:
        ValueError: not a dotted place.
    """
    keys: list[str] = []
    at, more = 0, True
    while more:
        found = _PART.match(place, at)
        if found is None:
            raise ValueError(place)
        keys.append(next(part for part in found.groups()[:3] if part is not None))
        more, at = found.group(4) == ".", found.end()
    return keys


def parse_value(text: str) -> Any:
    """A TOML value; a bare word is a string, a date its text.

    Raises:
        ValueError: neither.
    """
    try:
        return plain(tomllib.loads(f"value = {text}")["value"])
    except tomllib.TOMLDecodeError:
        if _WORD.fullmatch(text.strip()):
            return text.strip()
        raise ValueError(text) from None


def plain(value: Any) -> Any:
    """The value with dates and times as ISO 8601 text, which is how the schema reads them."""
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, date | time) else value


def parse_overrides(texts: Sequence[str]) -> dict[str, Any]:
    """``["a.b=1", ...]`` as dotted place -> value.

    Raises:
        BadInput: every text that is not an override.
    """
    found: dict[str, Any] = {}
    faults = []
    for text in texts:
        place, equals, value = _partition(text)
        try:
            if not equals:
                raise ValueError(text)
            split_place(place)
            found[place.strip()] = parse_value(value)
        except ValueError:
            faults.append(Fault("--set", text, 'dotted.place=value, value as in TOML; a key with dots in quotes, like feeds."a.b".kind'))
    if faults:
        raise BadInput(faults)
    return found


def _partition(text: str) -> tuple[str, str, str]:
    """Split at the first equals sign outside quotes."""
    quote = ""
    for place, sign in enumerate(text):
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "\"'":
            quote = sign
        elif sign == "=":
            return text[:place], "=", text[place + 1 :]
    return text, "", ""


def merge(below: Any, above: Any) -> Any:
    """``above`` over ``below``: tables merge key by key, everything else is replaced, and so is a table of another kind. An integer key
    merges into the entry of a list.
    """
    if isinstance(below, list) and isinstance(above, Mapping) and above and all(key.isdigit() and int(key) < len(below) for key in above):
        return [merge(entry, above[str(place)]) if str(place) in above else entry for place, entry in enumerate(below)]
    if not isinstance(below, Mapping) or not isinstance(above, Mapping):
        return above
    if "kind" in above and "kind" in below and above["kind"] != below["kind"]:
        placed = {key: below[key] for key in ("chain",) if key in below and key not in above}
        return {**placed, **above}
    return {**below, **{key: merge(below[key], value) if key in below else value for key, value in above.items()}}


def override(raw: Mapping[str, Any], overrides: Mapping[str, Any]) -> tuple[dict[str, Any], list[Fault]]:
    """``raw`` with the overrides put over it in order, and the overrides that aim at nothing."""
    result: Any = dict(raw)
    faults: list[Fault] = []
    for place, value in overrides.items():
        try:
            keys = split_place(place)
        except ValueError:
            faults.append(Fault(place, "not a dotted place", 'keys joined by dots; a key with dots in quotes, like feeds."a.b".kind'))
            continue
        section = result.get(keys[0])
        if len(keys) > 2 and keys[0] in SECTIONS and isinstance(section, Mapping) and keys[1] not in section:
            faults.append(Fault(place, f"no {keys[1]!r} in {keys[0]}", f"one of {', '.join(sorted(section)) or 'none'}"))
            continue
        nested: Any = plain(value)
        for key in reversed(keys):
            nested = {key: nested}
        result = merge(result, nested)
    return result, faults
