"""Cost of one health pass, one liquidation and one swap of each kind. Baselines stand first in each group."""

import numpy as np
import pytest

from benchmarks.scene import LENT, MARKETS, VENUES, book, pool, unhealthy
from model.core.actions import Swap, Transaction

SIZES = [1_309, 100_000]


@pytest.mark.parametrize("rows", SIZES)
def test_baseline_matrix_vector(benchmark, rows):
    benchmark.group = f"health pass, {rows} rows"
    data, weights = np.random.default_rng(0).random((4, rows)), np.ones(2)
    found = benchmark(lambda: (weights @ data[:2]) / (weights @ data[2:]))
    assert found.shape == (rows,)


@pytest.mark.parametrize("rows", SIZES)
@pytest.mark.parametrize("kind", LENT)
def test_health_pass(benchmark, kind, rows):
    benchmark.group = f"health pass, {rows} rows"
    _, market = book(kind, rows)
    assert len(benchmark(market.health)) == len(market.book)


def test_baseline_empty_transaction(benchmark):
    benchmark.group = "liquidation"
    stage, _, _ = unhealthy("pooled aave_v2")
    account = stage.account("taker")
    assert benchmark(lambda: stage.chain.execute(account, Transaction(()), stage.world.clock.now)).ok


@pytest.mark.parametrize("kind", [kind for kind in LENT if kind != "compound_v3"])
def test_liquidation(benchmark, kind):
    benchmark.group = "liquidation"

    def fresh():
        stage, market, row = unhealthy(kind)
        offer = next(found for found in market.offers(row) if found.kind == "take" and found.limit > 0.0)
        return (stage, Transaction((offer.action(0.5 * offer.limit),))), {}

    def liquidate(stage, transaction):
        return stage.chain.execute(stage.account("taker"), transaction, stage.world.clock.now)

    assert benchmark.pedantic(liquidate, setup=fresh, rounds=20).ok


@pytest.mark.parametrize("kind", [kind for kind in LENT if kind != "compound_v3"])
def test_offers_of_a_row(benchmark, kind):
    benchmark.group = "offers of one unhealthy row"
    _, market, row = unhealthy(kind)
    assert benchmark(market.offers, row)


def test_baseline_float_division(benchmark):
    benchmark.group = "swap quote"
    assert benchmark(lambda: 997.0 * 3.0 * 1e5 / (1000.0 * 1e5 + 997.0 * 3.0)) > 0.0


@pytest.mark.parametrize("kind", VENUES)
def test_swap_quote(benchmark, kind):
    benchmark.group = "swap quote"
    _, venue = pool(kind)
    assert benchmark(venue.quote, "a", "b", 10.0).received > 0.0


@pytest.mark.parametrize("kind", VENUES)
def test_swap(benchmark, kind):
    benchmark.group = "swap, executed"
    stage, venue = pool(kind)
    there = Transaction((Swap(target=venue.name, sell="a", buy="b", amount=10.0), Swap(target=venue.name, sell="b", buy="a", amount=10.0)))
    assert benchmark(lambda: stage.chain.execute(stage.account("trader"), there, stage.world.clock.now)).ok


def test_every_kind_of_market_is_known():
    assert set(LENT) <= set(MARKETS)
