"""Health of the pooled market: vectorised and scalar, and the identities under random use."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from model.core.actions import ALL
from model.markets.pooled import EMode, Switch
from tests.markets.small_pool import SmallPool

TOKENS = st.sampled_from(["eth", "steth", "usdc"])
NAMES = st.sampled_from(["alice", "bob"])
AMOUNTS = st.one_of(st.floats(1e-6, 900.0), st.just(ALL))
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("supply"), NAMES, TOKENS, AMOUNTS),
        st.tuples(st.just("withdraw"), NAMES, TOKENS, AMOUNTS),
        st.tuples(st.just("borrow"), NAMES, TOKENS, st.floats(1e-6, 900.0)),
        st.tuples(st.just("repay"), NAMES, TOKENS, AMOUNTS),
        st.tuples(st.just("take"), NAMES, TOKENS, TOKENS, AMOUNTS, st.booleans()),
        st.tuples(st.just("switch"), NAMES, TOKENS, st.booleans()),
        st.tuples(st.just("enter"), NAMES, st.sampled_from(["", "eth"])),
        st.tuples(st.just("price"), TOKENS, st.floats(1.0, 4000.0)),
        st.tuples(st.just("warp"), st.floats(0.0, 3e7)),
    ),
    max_size=25,
)


def perform(pool, step):
    match step:
        case ("take", borrower, collateral, debt, amount, shares):
            pool.take("liquidator", borrower, collateral, debt, amount, shares)
        case ("switch", name, token, on):
            pool.supply(name, token, 0.0, Switch(on))
        case ("enter", name, category):
            pool.borrow(name, "eth", 0.0, EMode(category))
        case (verb, *rest):
            getattr(pool, verb)(*rest)


@settings(max_examples=40, deadline=None)
@given(rules=st.sampled_from(["aave_v2", "aave_v3", "aave_v3_3", "aave_v4"]), steps=STEPS)
def test_any_use_keeps_the_identities_and_both_healths_agree(rules, steps):
    pool = SmallPool(rules)
    for step in steps:
        perform(pool, step)
        assert pool.sound(), [str(identity) for identity in pool.world.audit()]
    market = pool.market
    assert market.book.data.min() >= 0.0
    scalar = np.array([market.health_of(row) for row in range(len(market.book))])
    # Weighted thresholds are whole basis points: at the edge of one the two may fall on different sides.
    np.testing.assert_allclose(market.health(), scalar, rtol=market.margin)
    rows = np.arange(len(market.book))[::-1].copy()
    np.testing.assert_allclose(market.health(rows), scalar[::-1], rtol=market.margin)
