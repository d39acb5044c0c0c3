"""Which rows of a market open offers where hundreds could: the largest first, and everybody's turn comes."""

import numpy as np
import pytest

from model.markets import Pooled
from model.quotes import MOST_ROWS, Quotes
from model.screen import HealthScreen
from tests.markets.stage import Stage

FLAT = {"kind": "fixed", "rate": 0.0}
COUNT = 40


@pytest.fixture
def fallen():
    """Forty accounts of 1, 2 ... 40 ETH that a fall of the price has taken below health 1, and one whose collateral is gone."""
    stage = Stage(eth=2_000.0)
    reserve = {"feed": "feed eth", "ltv": 0.8, "liquidation_threshold": 0.83, "rate": FLAT}
    market = stage.place(Pooled, numeraire="usd", rules={"kind": "aave_v3"}, reserves={"eth": reserve, "usd": {"rate": FLAT}})
    held = np.append(np.arange(1.0, COUNT + 1.0), 0.0)
    owed = np.append(held[:-1] * 1_500.0, 1_000.0)
    market.open_positions(stage.world.accounts.open_many("borrowers", COUNT + 1), {"eth": held}, {"usd": owed})
    stage.fund("lender", "usd", 1e6)
    screen = HealthScreen(market)
    stage.post("eth", 1_700.0)
    screen.look()
    assert len(screen.unhealthy) == COUNT + 1
    return stage, market, screen, Quotes(stage.world, {market.name: screen})


def step(stage, seconds=12.0):
    stage.world.clock.advance(stage.world.clock.now + seconds)


def test_the_largest_come_first_and_all_get_their_turn(fallen):
    stage, _, screen, quotes = fallen
    seen = quotes.open_rows(screen)
    assert seen == list(range(COUNT - 1, COUNT - 1 - MOST_ROWS, -1))
    assert quotes.open_rows(screen) == seen, "they stand for a few seconds"
    for _ in range(3):
        step(stage)
        shown = quotes.open_rows(screen)
        assert not set(shown) & set(seen) or len(seen) + MOST_ROWS > COUNT
        seen = [*seen, *shown]
    assert set(seen) == set(range(COUNT)), "whose collateral is gone is never shown"


def test_a_row_that_was_written_to_is_as_good_as_new(fallen):
    stage, market, screen, quotes = fallen
    first = quotes.open_rows(screen)
    market.book.add(0, first[0], -0.5)
    step(stage)
    second = quotes.open_rows(screen)
    assert second[0] == first[0]
    assert not set(second[1:]) & set(first)
