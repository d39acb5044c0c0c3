"""The table of what can be governed where: the page, the classes and the parameters say the same."""

from pathlib import Path

import pytest

from model.core.params import Params
from model.markets.base import Market
from model.markets.governance import within

PAGE = Path(__file__).parents[2] / "docs" / "governance.md"
KINDS = [name for name, kind in Market.kinds.items() if kind.__module__.startswith("model.")]


def rows():
    cells = [line.strip("|").split("|") for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    return {first.strip(): governed.strip() for first, governed, *_ in cells[1:]}


def inner(cls: type[Params], steps):
    """Whether dotted steps, ``*`` for any key, lead to a parameter."""
    if not steps:
        return True
    if steps[0] == "*":
        return inner(cls, steps[1:])
    if steps[0] not in cls.model_fields:
        return False
    found = str(cls.model_fields[steps[0]].annotation)
    below = [one for one in _all(Params) if f".{one.__name__}" in found or found.endswith(f"{one.__name__}'>")]
    return len(steps) == 1 or any(inner(one, steps[1:]) for one in below)


def _all(cls):
    return [cls, *(deeper for one in cls.__subclasses__() for deeper in _all(one))]


def test_the_page_lists_every_kind():
    assert set(rows()) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_names_what_is_governed(kind):
    cls = Market.kinds[kind]
    told = rows()[kind]
    assert told == (", ".join(f"`{place}`" for place in cls.governed) or "nothing")
    assert ("govern" in cls.verbs) == bool(cls.governed)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_governed_is_a_parameter(kind):
    cls = Market.kinds[kind]
    assert [place for place in cls.governed if not inner(cls.Params, place.split("."))] == []


def test_a_place_lies_within_a_pattern():
    assert within("reserves.eth.ltv", "reserves.*")
    assert within("types.eth.auction.tau", "types.*.auction")
    assert not within("reserves", "reserves.*")
    assert not within("reserves.eth.decimals", "reserves.*.feed")
