"""Replay of a table."""

import math
from datetime import UTC, date, datetime

import numpy as np
import pytest

from model.core.draws import Draws
from model.core.errors import BadInput
from model.prices import Table

STREAM = Draws(1)["x"]


def run(start, end, **params):
    process = Table(Table.Params.read(params))
    grid = process.grid(start, end)
    return process, grid, process.path(grid, np.zeros(len(grid) - 1), STREAM)


def test_values_of_the_table_to_the_bit():
    values = [194.11, 113.7, 0.3, 7.7]
    _, grid, path = run(100.0, 400.0, times=[100, 200, 310, 400], values=values)
    assert grid.tolist() == [100.0, 200.0, 310.0, 400.0]
    assert path.tolist() == values


def test_linear_in_the_logarithm_between_and_held_outside():
    process, grid, path = run(50.0, 150.0, times=[100, 200], values=[4.0, 16.0])
    assert grid.tolist() == [50.0, 100.0, 200.0]
    assert path.tolist() == [4.0, 4.0, 16.0]
    middle = process.path(np.array([150.0, 250.0]), np.zeros(1), STREAM)
    assert middle == pytest.approx([8.0, 16.0])
    _, grid, path = run(150.0, 300.0, times=[100, 200], values=[4.0, 16.0])
    assert grid.tolist() == [150.0, 200.0, 300.0]
    assert path == pytest.approx([8.0, 16.0, 16.0])


def test_stepwise_keeps_the_earlier_value():
    process, _, path = run(150.0, 300.0, times=[100, 200, 250], values=[4.0, 16.0, 1.0], interpolation="step")
    assert process.stepwise
    assert path.tolist() == [4.0, 16.0, 1.0, 1.0]
    assert not Table(Table.Params(times=[0], values=[1])).stepwise


def test_times_as_dates_and_from_the_start():
    moments = (datetime(2020, 3, 12, tzinfo=UTC).timestamp(), datetime(2020, 3, 12, 6, tzinfo=UTC).timestamp())
    params = Table.Params.read({"times": [date(2020, 3, 12), "2020-03-12T06:00"], "values": [194.0, 170.0]})
    assert params.times == moments
    _, grid, path = run(1e9, 1e9 + 60, times=[0, 60], values=[1.0, math.e], from_start=True)
    assert grid.tolist() == [1e9, 1e9 + 60]
    assert path.tolist() == [1.0, math.e]


def test_a_table_reads_back_from_its_own_dump():
    params = Table.Params.read({"times": ["2020-03-12", "2020-03-13"], "values": [194.0, 110.0]})
    assert Table.Params.read(params.model_dump(mode="json")) == params


@pytest.mark.parametrize(
    ("raw", "places", "words"),
    [
        ({"times": [3, 1], "values": [1, 1]}, ["t.times"], "rise; entry 1"),
        ({"times": [1, 1], "values": [1, 1]}, ["t.times"], "rise"),
        ({"times": [1, 2], "values": [1]}, ["t.values"], "2 times, found 1"),
        ({"times": [1, float("nan")], "values": [1, -1]}, ["t.times.1", "t.values.1"], "finite"),
        ({"times": [1, "yesterday"], "values": [-1, 1], "interpolation": "cubic"}, ["t.interpolation", "t.times.1", "t.values.0"], "step"),
        ({"times": [None], "values": [1]}, ["t.times.0"], "ISO 8601"),
        ({"times": [], "values": []}, ["t.times", "t.values"], "at least one"),
        ({}, ["t.times", "t.values"], "required"),
    ],
)  # fmt: skip
def test_every_fault_with_its_place(raw, places, words):
    with pytest.raises(BadInput) as caught:
        Table.Params.read(raw, "t")
    assert [fault.place for fault in caught.value.faults] == places
    assert words in str(caught.value)
