"""Constant product: recorded pairs, closed forms, invariants."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.core.errors import Refused
from model.venues import ConstantProduct
from model.venues.base import Pool
from tests.venues.recorded import Agreement, folder, traces

amounts = st.floats(1e-6, 1e6)


def venue(**params):
    return ConstantProduct(ConstantProduct.Params(**params))


def pool_of(kind, first, second, shares=None, now=0.0):
    return Pool((first, second), math.sqrt(first * second) if shares is None else shares, kind.start(2, now), now)


class Replay:
    """One recorded pair: balances and shares folded as the world does; ``exact`` puts the recorded reserves and shares back
    after every step, so that each number stands alone and inherits no rounding of another token.
    """

    def __init__(self, trace, agreement, exact):
        self.exact = exact
        self.scale = [10.0 ** int(d) for d in trace["decimals"]]
        self.share = math.sqrt(self.scale[0] * self.scale[1])
        fee = int(trace["fee_bps"]) * 1e-4
        protocol = 1.0 / 6.0 if trace["protocol_fee_on"] else 0.0
        self.kind = venue(fee=fee, protocol_fee=protocol, minimum_liquidity=1000 / self.share)
        self.now = 1_700_000_000.0
        self.balances, self.supply, self.held = [0.0, 0.0], 0.0, {"lp": 0.0, "feeTo": 0.0, "locked": 0.0}
        self.state, self.agreement, self.id = self.kind.start(2, self.now), agreement, trace["id"]

    def pool(self):
        return Pool(tuple(self.balances), self.supply, self.state, self.now)

    def change(self, change, sign):
        for i in (0, 1):
            self.balances[i] += sign * change.amounts[i]
        self.held["lp"] += sign * change.shares
        self.held["locked"] += change.locked
        self.held["feeTo"] += change.protocol
        self.supply = sum(self.held.values())
        self.state = change.state

    def rates(self):
        """Largest change of a share's or the other token's base units that one base unit of a token makes."""
        if self.exact:
            return 1.0, 1.0
        one, two = (self.balances[i] * self.scale[i] for i in (0, 1))
        share = self.supply * self.share
        return share / min(one, two), max(one, two) / min(one, two)

    def step(self, k, step):
        op, say = step["op"], f"{self.id} {k} {step['op']}"
        if op == "warp":
            self.now += step["dt"]
            return
        if op == "swap_exact_in":
            sell = step["token_in"]
            fill = self.kind.swap(self.pool(), sell, 1 - sell, int(step["amount_in"]) / self.scale[sell])
            got = fill.received * self.scale[1 - sell]
            if not step["ok"]:
                assert got < 2, say
                self.agreement.skipped += 1
                return
            self.agreement.number(say, got, step["max_amount_out"], k, self.rates()[1] if k else 1.0)
            self.balances[sell] += int(step["amount_in"]) / self.scale[sell]
            self.balances[1 - sell] -= fill.received
            self.state = fill.state
        elif op == "mint":
            change = self.kind.add(self.pool(), tuple(int(step[f"amount{i}"]) / self.scale[i] for i in (0, 1)))
            self.agreement.number(say, change.shares * self.share, step["liquidity"], k, self.rates()[0] if self.supply else 1.0)
            self.change(change, 1.0)
        else:
            change = self.kind.remove(self.pool(), int(step["liquidity"]) / self.share)
            for i in (0, 1):
                self.agreement.number(say, change.amounts[i] * self.scale[i], step[f"amount{i}"], k)
            self.change(change, -1.0)
        self.compare(say, k, step["state"])

    def compare(self, say, k, state):
        check = self.agreement.number
        per_share, rate = self.rates()
        for i in (0, 1):
            dearer = self.balances[i] * self.scale[i] > self.balances[1 - i] * self.scale[1 - i]
            check(f"{say} reserve{i}", self.balances[i] * self.scale[i], state[f"reserve{i}"], k, rate if dearer else 1.0)
        check(f"{say} supply", self.supply * self.share, state["totalSupply"], k, per_share)
        for who, shares in self.held.items():
            check(f"{say} {who}", shares * self.share, state["lp"][who], k, per_share)
        k_last = self.state.k_last * self.scale[0] * self.scale[1]
        check(f"{say} kLast", k_last, state["kLast"], k, 0 if self.exact else max(self.balances[i] * self.scale[i] for i in (0, 1)))
        for i in (0, 1):
            raw = self.state.cumulative[i] * 2.0**112 * self.scale[1 - i] / self.scale[i]
            slack = 0 if self.exact else raw / min(self.balances[j] * self.scale[j] for j in (0, 1))
            check(f"{say} cumulative{i}", raw, state[f"price{i}CumulativeLast"], k, slack)
        if self.exact:
            self.balances = [int(state[f"reserve{i}"]) / self.scale[i] for i in (0, 1)]
            self.held = {who: int(state["lp"][who]) / self.share for who in self.held}
            self.supply = int(state["totalSupply"]) / self.share


@pytest.mark.parametrize("exact", [True, False])
def test_agrees_with_the_recorded_pairs(exact):
    agreement = Agreement()
    for trace in traces(folder("uniswap_v2") / "pair.jsonl.gz"):
        replay = Replay(trace, agreement, exact)
        for k, step in enumerate(trace["steps"]):
            replay.step(k, step)
    assert not agreement.faults, "\n".join(agreement.faults[:20])
    assert agreement.passed > 2700
    assert agreement.skipped <= 5


def test_recorded_rows_of_one_pair():
    kind = venue(minimum_liquidity=1e-15)
    pool = Pool((396931423.275037874133855614, 9543101.377734), 60984850824499183259 / 1e18, kind.start(2, 12.0), 25.0)
    fill = kind.swap(pool, 0, 1, 18603.906561626288947200)
    assert fill.received == pytest.approx(445.916015, abs=1e-6)
    pool = Pool((396997196.909628112983879038, 9541525.040016), 60984850824499183259.0, kind.start(2, 0.0), 0.0)
    change = kind.remove(pool, 14373044412003942400.0)
    assert change.amounts == pytest.approx((93565176.686976312644437864, 2248767.707132), rel=1e-9)


@given(bonus=st.floats(0.005, 0.2), fee=st.floats(0.0, 0.004), reserve=st.floats(1.0, 1e6), price=st.floats(1e-3, 1e4))
@settings(max_examples=40, deadline=None)
def test_exact_sale_of_seized_collateral(bonus, fee, reserve, price):
    """Average execution, break-even and best size of a liquidator who sells what it seized at bonus b (exact.md, 3)."""
    kind = venue(fee=fee)
    pool = pool_of(kind, reserve, reserve * price)
    size = kind.amount_to(pool, 0, 1, price / (1 + bonus)) / reserve
    assert size == pytest.approx(max((math.sqrt((1 - fee) * (1 + bonus)) - 1) / (1 - fee), 0), abs=1e-9)
    even = (1 + bonus) - 1 / (1 - fee)
    if even > 1e-6:
        average = kind.swap(pool, 0, 1, even * reserve).received / (even * reserve)
        assert average == pytest.approx(price / (1 + bonus), rel=1e-9)
        assert average == pytest.approx(price * (1 - fee) / (1 + (1 - fee) * even), rel=1e-12)


def test_exact_numbers_of_the_reference():
    kind = venue()
    pool = pool_of(kind, 1000.0, 1000.0)
    assert kind.amount_to(pool, 0, 1, 1 / 1.05) / 1000 == pytest.approx(0.0232, abs=5e-5)
    even = 1000 * (1.05 - 1 / 0.997)
    assert even == pytest.approx(47.0, abs=0.05)
    assert kind.swap(pool, 0, 1, even).received == pytest.approx(even / 1.05, rel=1e-12)


def test_inverse_quotes():
    kind = venue()
    pool = pool_of(kind, 1234.5, 9.87e6)
    amount = kind.amount_for(pool, 0, 1, 1e6)
    assert kind.swap(pool, 0, 1, amount).received == pytest.approx(1e6, rel=1e-12)
    assert kind.amount_to(pool, 0, 1, 0.997 * kind.spot(pool, 0, 1) * (1 + 1e-9)) == 0.0


def test_protocol_takes_a_sixth_of_growth():
    kind = venue(fee=0.003, protocol_fee=1 / 6)
    pool = pool_of(kind, 100.0, 100.0, shares=0.0)
    pool = Pool((0.0, 0.0), 0.0, pool.state, 0.0)
    first = kind.add(pool, (100.0, 100.0))
    balances, supply = (144.0, 100.0), first.shares + first.locked
    later = kind.remove(Pool(balances, supply, first.state, 1.0), supply / 2)
    owned = later.protocol / (supply + later.protocol)
    assert owned * math.sqrt(144.0 * 100.0) == pytest.approx((120.0 - 100.0) / 6, rel=1e-12)
    assert later.state.k_last == pytest.approx((144 - later.amounts[0]) * (100 - later.amounts[1]))


def test_refusals():
    kind = venue()
    pool = pool_of(kind, 10.0, 10.0)
    for call, reason in (
        (lambda: kind.swap(pool, 0, 1, 0.0), "invalid_amount"),
        (lambda: kind.swap(pool, 0, 0, 1.0), "invalid_amount"),
        (lambda: kind.swap(pool_of(kind, 0.0, 0.0), 0, 1, 1.0), "insufficient_liquidity"),
        (lambda: kind.amount_for(pool, 0, 1, 10.0), "insufficient_liquidity"),
        (lambda: kind.add(pool, (1.0, 0.0)), "insufficient_liquidity"),
        (lambda: kind.remove(pool, 11.0), "invalid_amount"),
        (lambda: kind.remove_one(pool, 1.0, 0), "not_offered"),
    ):
        with pytest.raises(Refused) as refusal:
            call()
        assert refusal.value.reason == reason
    with pytest.raises(ValueError, match="allowed are 2"):
        kind.start(3, 0.0)


@given(first=amounts, second=amounts, part=st.floats(1e-6, 10.0), fee=st.floats(0.0, 0.1))
@settings(max_examples=60, deadline=None)
def test_no_free_lunch(first, second, part, fee):
    kind = venue(fee=fee)
    pool = pool_of(kind, first, second)
    there = kind.swap(pool, 0, 1, part * first)
    assert there.fee >= 0.0
    assert there.received < second
    after = Pool((first * (1 + part), second - there.received), pool.shares, there.state, 0.0)
    assert after.balances[0] * after.balances[1] >= first * second * (1 - 1e-12)
    back = kind.swap(after, 1, 0, there.received)
    assert back.received <= part * first * (1 + 1e-9)


@given(first=amounts, second=amounts, one=amounts, two=amounts, part=st.sampled_from([0.0, 1 / 6]))
@settings(max_examples=60, deadline=None)
def test_adding_then_removing_never_gains(first, second, one, two, part):
    kind = venue(protocol_fee=part)
    pool = pool_of(kind, first, second)
    change = kind.add(pool, (one, two))
    after = Pool((first + one, second + two), pool.shares + change.shares + change.protocol, change.state, 0.0)
    out = kind.remove(after, change.shares).amounts
    assert out[0] <= one * (1 + 1e-9)
    assert out[1] <= two * (1 + 1e-9)
    # what remains behind each other share has not fallen
    assert kind.share_value(after)[0] * kind.share_value(after)[1] >= first * second / pool.shares**2 * (1 - 1e-9)
