"""Concentrated liquidity: closed forms, crossing, fees, invariants."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.core.errors import Refused
from model.venues import Concentrated, ConstantProduct
from model.venues.base import Pool
from model.venues.ranges import LAST_TICK, Range, root_at, tokens_of


def venue(**params):
    return Concentrated(Concentrated.Params(**params))


class Book:
    """A pool folded as the world does."""

    def __init__(self, kind, *adds):
        self.kind, self.balances, self.state = kind, [0.0, 0.0], kind.start(2, 0.0)
        for amounts, terms, owner in adds:
            self.add(amounts, terms, owner)

    def pool(self):
        return Pool(tuple(self.balances), 0.0, self.state, 0.0)

    def fold(self, change, sign):
        self.balances = [balance + sign * amount for balance, amount in zip(self.balances, change.amounts, strict=True)]
        self.state = change.state
        return change

    def add(self, amounts, terms=None, owner=0):
        return self.fold(self.kind.add(self.pool(), amounts, terms, owner), 1.0)

    def remove(self, shares=math.inf, terms=None, owner=0):
        return self.fold(self.kind.remove(self.pool(), shares, terms, owner), -1.0)

    def swap(self, sell, amount):
        fill = self.kind.swap(self.pool(), sell, 1 - sell, amount)
        self.balances[sell] += amount
        self.balances[1 - sell] -= fill.received
        self.state = fill.state
        return fill


def test_published_example():
    """42 USDC sold at an ETH price of 5,000 into liquidity 1517.88 without a fee (Uniswap V3 Development Book, first swap)."""
    root, liquidity, terms = 5602277097478614198912276234240 / 2**96, 1517.882343751509868544, Range(84222, 86129)
    book = Book(venue(fee=0.0, tick_spacing=1, initial_price=root**2))
    given_amounts = tokens_of(liquidity, root, terms)
    assert given_amounts == pytest.approx((1.0, 5000.0), rel=2e-3)
    assert book.add(given_amounts, terms).shares == pytest.approx(liquidity, rel=1e-12)
    fill = book.swap(1, 42.0)
    assert fill.received == pytest.approx(0.008396714242162444, rel=1e-9)
    assert book.state.root == pytest.approx(5604469350942327889444743441197 / 2**96, rel=1e-12)


@given(sell=st.sampled_from([0, 1]), part=st.floats(1e-6, 5.0), price=st.floats(1e-3, 1e4))
@settings(max_examples=40, deadline=None)
def test_widest_range_is_a_constant_product(sell, part, price):
    reserves = (1000.0, 1000.0 * price)
    kind = venue(initial_price=price)
    book = Book(kind, (reserves, None, 0))
    plain = ConstantProduct(ConstantProduct.Params())
    pool = Pool(reserves, 1.0, plain.start(2, 0.0), 0.0)
    amount = part * reserves[sell]
    assert kind.swap(book.pool(), sell, 1 - sell, amount).received == pytest.approx(
        plain.swap(pool, sell, 1 - sell, amount).received, rel=1e-9
    )
    wanted = 0.7 * kind.spot(book.pool(), sell, 1 - sell)
    assert kind.amount_to(book.pool(), sell, 1 - sell, wanted) == pytest.approx(plain.amount_to(pool, sell, 1 - sell, wanted), rel=1e-9)


LADDER = (
    ((100.0, 100.0), Range(-600, 600), 1),
    ((50.0, 50.0), Range(-120, 180), 2),
    ((30.0, 0.0), Range(240, 1200), 1),
    ((0.0, 40.0), Range(-3000, -1200), 3),
)


@given(sell=st.sampled_from([0, 1]), amount=st.floats(0.1, 120.0), part=st.floats(0.01, 0.99), fee=st.sampled_from([0.0, 0.003]))
@settings(max_examples=60, deadline=None)
def test_crossing_does_not_depend_on_how_an_order_is_split(sell, amount, part, fee):
    whole, split = (Book(venue(fee=fee), *LADDER) for _ in range(2))
    got = whole.swap(sell, amount).received
    assert split.swap(sell, amount * part).received + split.swap(sell, amount * (1 - part)).received == pytest.approx(got, rel=1e-9)
    assert split.state.root == pytest.approx(whole.state.root, rel=1e-9)
    back = whole.swap(1 - sell, got)
    assert back.received <= amount * (1 + 1e-9)
    if fee == 0.0:
        assert back.received == pytest.approx(amount, rel=1e-9)


@given(sell=st.sampled_from([0, 1]), amount=st.floats(0.1, 120.0))
@settings(max_examples=60, deadline=None)
def test_inverse_quotes(sell, amount):
    book = Book(venue(), *LADDER)
    pool, buy = book.pool(), 1 - sell
    fill = book.kind.swap(pool, sell, buy, amount)
    assert book.kind.amount_for(pool, sell, buy, fill.received) == pytest.approx(amount, rel=1e-9)
    after = Pool(pool.balances, 0.0, fill.state, 0.0)
    marginal = book.kind.spot(after, sell, buy) * 0.997
    at_edge = any(abs(fill.state.root - root) < 1e-9 for root in fill.state.roots)
    if not at_edge:
        assert book.kind.amount_to(pool, sell, buy, marginal) == pytest.approx(amount, rel=1e-6)
    assert book.kind.amount_to(pool, sell, buy, book.kind.spot(pool, sell, buy)) == 0.0


def test_gap_without_liquidity_is_jumped():
    book = Book(venue(fee=0.0), *LADDER)
    above = book.balances[1] - 40.0
    into_gap = book.kind.amount_to(book.pool(), 0, 1, root_at(-900) ** 2)
    fill = book.swap(0, into_gap + 1e-6)
    assert fill.state.root < root_at(-1200)
    assert fill.received == pytest.approx(above, rel=1e-6)
    assert fill.received > above


def test_fees_go_to_those_whose_range_was_used():
    """Every fee paid is owed to a position or to the protocol, and nobody outside the price earns."""
    book = Book(venue(fee=0.01, protocol_fee=0.25), *LADDER)
    paid = [0.0, 0.0]
    for sell, amount in ((0, 30.0), (1, 70.0), (1, 20.0), (0, 45.0)):
        paid[sell] += book.swap(sell, amount).fee
    book.add((5.0, 5.0), Range(-300, 300), 9)  # cuts segments that have earned
    late = book.kind.remove(book.pool(), 0.0, Range(-300, 300), 9)
    assert late.amounts == (0.0, 0.0)
    paid[0] += book.swap(0, 10.0).fee
    collected = [0.0, 0.0]
    for owner, terms in (
        (1, Range(-600, 600)),
        (2, Range(-120, 180)),
        (1, Range(240, 1200)),
        (3, Range(-3000, -1200)),
        (9, Range(-300, 300)),
    ):
        fees = book.remove(0.0, terms, owner).amounts
        collected = [had + fee for had, fee in zip(collected, fees, strict=True)]
        assert book.kind.remove(book.pool(), 0.0, terms, owner).amounts == (0.0, 0.0)
        if owner == 3:
            assert fees == (0.0, 0.0)
        elif terms.lower < 0:
            assert fees[0] > 0.0
    held = book.kind.protocol_fees(book.pool())
    assert [a + b for a, b in zip(collected, held.amounts, strict=True)] == pytest.approx(paid, rel=1e-12)
    assert list(held.amounts) == pytest.approx([0.25 * fee for fee in paid], rel=1e-12)


def test_everybody_leaves_and_nothing_remains():
    book = Book(venue(), *LADDER)
    for sell, amount in ((0, 60.0), (1, 120.0)):
        book.swap(sell, amount)
    for _, terms, owner in reversed(LADDER):
        book.remove(math.inf, terms, owner)
    assert book.balances == pytest.approx([0.0, 0.0], abs=1e-9)
    assert book.state.positions == book.state.ticks == book.state.depths == ()


@given(
    amounts=st.tuples(st.floats(0.01, 50.0), st.floats(0.01, 50.0)),
    low=st.integers(-20, 19),
    width=st.integers(1, 20),
    part=st.floats(0.1, 1.0),
)
@settings(max_examples=60, deadline=None)
def test_adding_then_removing_never_gains(amounts, low, width, part):
    book = Book(venue(), *LADDER)
    book.swap(1, 20.0)
    terms = Range(60 * low, 60 * (low + width))
    change = book.add(amounts, terms, 5)
    assert all(taken <= given for taken, given in zip(change.amounts, amounts, strict=True))
    first, rest = book.remove(change.shares * part, terms, 5), None
    if part < 1.0:
        rest = book.remove(math.inf, terms, 5)
    out = [a + (rest.amounts[k] if rest else 0.0) for k, a in enumerate(first.amounts)]
    for got, gave in zip(out, change.amounts, strict=True):
        assert got <= gave * (1 + 1e-12) + 1e-12


def test_refusals():
    book = Book(venue(), *LADDER)
    kind, pool = book.kind, book.pool()
    empty = Book(venue()).pool()
    for call, reason in (
        (lambda: kind.swap(pool, 0, 1, 0.0), "invalid_amount"),
        (lambda: kind.swap(pool, 0, 1, 1e9), "insufficient_liquidity"),
        (lambda: kind.swap(empty, 1, 0, 1.0), "insufficient_liquidity"),
        (lambda: kind.amount_for(pool, 0, 1, 1e9), "insufficient_liquidity"),
        (lambda: kind.add(pool, (1.0, 1.0), Range(0, 61)), "invalid_range"),
        (lambda: kind.add(pool, (1.0, 1.0), Range(60, 0)), "invalid_range"),
        (lambda: kind.add(pool, (1.0, 1.0), Range(0, LAST_TICK // 60 * 60 + 60)), "invalid_range"),
        (lambda: kind.add(pool, (0.0, 1.0), Range(60, 120)), "invalid_amount"),
        (lambda: kind.remove(pool, 1.0, Range(-600, 600), 4), "invalid_amount"),
        (lambda: kind.remove(pool, 1e9, Range(-600, 600), 1), "invalid_amount"),
        (lambda: kind.share_value(pool), "not_offered"),
    ):
        with pytest.raises(Refused) as refusal:
            call()
        assert refusal.value.reason == reason
    assert kind.amount_to(empty, 0, 1, 0.5) == 0.0
    with pytest.raises(ValueError, match="allowed are 2"):
        kind.start(3, 0.0)
