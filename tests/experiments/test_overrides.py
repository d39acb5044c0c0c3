from __future__ import annotations

import re

import pytest

from experiments.overrides import merge, override, parse_overrides, parse_value, split_place
from model.core.errors import BadInput


@pytest.mark.parametrize(
    ("place", "keys"),
    [
        ("run.days", ["run", "days"]),
        ('feeds."a.b".kind', ["feeds", "a.b", "kind"]),
        ("correlation.eth/usdc", ["correlation", "eth/usdc"]),
        ("correlation.'eth/usdc'", ["correlation", "eth/usdc"]),
    ],
)
def test_places_are_split_at_dots_outside_quotes(place: str, keys: list[str]) -> None:
    assert split_place(place) == keys


@pytest.mark.parametrize("place", ["", "a..b", "a.", ".a", 'a."b'])
def test_what_is_no_place_is_refused(place: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(place)}$"):
        split_place(place)


def test_values_are_toml_and_bare_words_strings() -> None:
    assert parse_value("0.9") == 0.9
    assert parse_value("true") is True
    assert parse_value("[1, 2]") == [1, 2]
    assert parse_value('{kind = "gbm", start = 1}') == {"kind": "gbm", "start": 1}
    assert parse_value("base_fee") == "base_fee"
    assert parse_value("2022-05-01") == "2022-05-01"
    with pytest.raises(ValueError, match="1, 2"):
        parse_value("[1, 2")


def test_all_texts_that_are_no_overrides_are_reported() -> None:
    with pytest.raises(BadInput) as found:
        parse_overrides(["a.b", "c..d=1", "e=[", "good.one=1"])
    assert [fault.value for fault in found.value.faults] == ["a.b", "c..d=1", "e=["]


def test_tables_merge_unless_the_kind_is_another() -> None:
    assert merge({"a": {"b": 1, "c": 2}}, {"a": {"c": 3}}) == {"a": {"b": 1, "c": 3}}
    assert merge({"kind": "gbm", "start": 1.0}, {"kind": "constant", "value": 2.0}) == {"kind": "constant", "value": 2.0}
    assert merge({"kind": "gbm", "start": 1.0}, {"start": 2.0}) == {"kind": "gbm", "start": 2.0}
    assert merge([1, {"a": 1}], {"1": {"a": 2}}) == [1, {"a": 2}]
    assert merge([1, 2], [3]) == [3]


def test_an_override_into_a_thing_that_is_not_there_is_a_fault_and_a_whole_new_thing_is_not() -> None:
    raw = {"venues": {"curve": {"chain": "ethereum"}}}
    changed, faults = override(raw, {"venues.cruve.chain": "x", "shocks.crash": {"kind": "drop"}})
    assert [fault.place for fault in faults] == ["venues.cruve.chain"]
    assert changed["shocks"] == {"crash": {"kind": "drop"}}
    assert raw == {"venues": {"curve": {"chain": "ethereum"}}}
