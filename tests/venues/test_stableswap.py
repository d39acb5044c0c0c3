"""StableSwap: recorded traces, the exact discounts, inverses, invariants."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.core.errors import Refused
from model.venues import StableSwap
from model.venues.base import Pool
from model.venues.invariant import price_at_share
from tests.venues.recorded import Agreement, folder, traces

REASONS = {
    "D should increase": "invalid_amount",
    "Withdraw exceeds available": "insufficient_liquidity",
    "futureA_ is too small": "invalid_amplification",
    "futureA_ is too large": "invalid_amplification",
}


def venue(**params):
    return StableSwap(StableSwap.Params(**params))


def pool_of(kind, balances, shares=None, now=0.0):
    pool = Pool(tuple(balances), 1.0, kind.start(len(balances), now), now)
    return Pool(pool.balances, kind.invariant(pool) if shares is None else shares, pool.state, now)


class Replay:
    """One recorded trace: balances and shares folded as the world does."""

    def __init__(self, trace, agreement):
        self.scale = [10.0 ** int(d) for d in trace["decimals"]]
        self.coarsest = 1e18 / min(self.scale)
        self.kind = venue(amplification=int(trace["A"]), fee=int(trace["fee_1e10"]) * 1e-10, admin_fee=int(trace["admin_fee_1e10"]) * 1e-10)
        n = int(trace["n_coins"])
        self.now = float(trace["t0"])
        self.balances, self.supply, self.state = [0.0] * n, 0.0, self.kind.start(n, self.now)
        self.agreement, self.id = agreement, trace["id"]

    def pool(self):
        return Pool(tuple(self.balances), self.supply, self.state, self.now)

    def price_unit(self):
        """Largest change of the virtual price (wad) that one base unit of a coin makes."""
        pool, changes = self.pool(), []
        for t, held in enumerate(pool.balances):
            more = tuple(x * (1 + 1e-6) if u == t else x for u, x in enumerate(pool.balances))
            slope = (self.kind.invariant(Pool(more, 1.0, pool.state, pool.now)) - self.kind.invariant(pool)) / (held * 1e-6)
            changes.append(slope / self.scale[t] / pool.shares * 1e18)
        return max(changes)

    def tokens(self, amounts):
        return tuple(int(amount) / scale for amount, scale in zip(amounts, self.scale, strict=True))

    def fold(self, change, sign):
        self.balances = [balance + sign * amount for balance, amount in zip(self.balances, change.amounts, strict=True)]
        self.supply += sign * change.shares
        self.state = change.state

    def act(self, step, k, say):
        kind, pool, check, op = self.kind, self.pool(), self.agreement.number, step["op"]
        if op == "add":
            change = kind.add(pool, self.tokens(step["amounts"]))
            if step["ok"]:
                check(say, change.shares * 1e18, step["lp_minted"], k, self.coarsest)
            self.fold(change, 1.0)
        elif op == "swap":
            i, j = step["i"], step["j"]
            amount = int(step["dx"]) / self.scale[i]
            fill = kind.swap(pool, i, j, amount)
            check(say, fill.received * self.scale[j], step["dy"], k, self.scale[j] / self.scale[i] if k else 1.0)
            self.balances[i] += amount
            self.balances[j] -= fill.received
            self.state = fill.state
        elif op == "remove":
            change = kind.remove(pool, int(step["lp"]) / 1e18)
            for t, amount in enumerate(step["amounts_out"]):
                check(say, change.amounts[t] * self.scale[t], amount, k)
            self.fold(change, -1.0)
        elif op == "remove_one":
            change = kind.remove_one(pool, int(step["lp"]) / 1e18, step["i"])
            if step["ok"]:
                check(
                    say, change.amounts[step["i"]] * self.scale[step["i"]], step["amount_out"], k, self.scale[step["i"]] / min(self.scale)
                )
            self.fold(change, -1.0)
        elif op == "remove_imbalance":
            change = kind.remove_exact(pool, self.tokens(step["amounts"]))
            check(say, change.shares * 1e18, step["lp_burned"], k, self.coarsest)
            self.fold(change, -1.0)
        elif op == "ramp_A":
            self.state = kind.ramp(self.state, float(step["future_A"]), self.now, self.now + step["in_seconds"])
        elif op == "withdraw_admin_fees":
            self.fold(kind.protocol_fees(pool), -1.0)
        else:
            assert op == "warp", op
            self.now += step["dt"]

    def step(self, k, step):
        say = f"{self.id} {k} {step['op']}"
        if step["ok"]:
            self.act(step, k, say)
        else:
            with pytest.raises(Refused) as refusal:
                self.act(step, k, say)
            assert refusal.value.reason == REASONS[step["revert"]], say
            self.agreement.passed += 1
        state, check = step["state"], self.agreement.number
        for t, scale in enumerate(self.scale):
            check(f"{say} balance {t}", (self.balances[t] - self.state.admin[t]) * scale, state["balances"][t], k, scale / min(self.scale))
            check(f"{say} admin {t}", self.state.admin[t] * scale, state["adminBalances"][t], k, scale / min(self.scale))
        check(f"{say} supply", self.supply * 1e18, state["lpSupply"], k, self.coarsest)
        check(f"{say} virtual price", self.kind.virtual_price(self.pool()) * 1e18, state["virtualPrice"], k, self.price_unit())
        check(f"{say} A", self.kind.amplification(self.state, self.now) * 100, state["A_precise"], 0, 0.0)


def test_agrees_with_the_recorded_traces():
    agreement = Agreement()
    for trace in traces(folder("stableswap_saddle") / "trace.jsonl.gz"):
        replay = Replay(trace, agreement)
        for k, step in enumerate(trace["steps"]):
            replay.step(k, step)
    assert not agreement.faults, "\n".join(agreement.faults[:20])
    assert agreement.passed > 4700


def test_recorded_swap_of_one_pool():
    kind = venue(amplification=20, fee=0.0, admin_fee=0.9)
    pool = pool_of(kind, (2566582.731449, 5872574.11723144, 5872411.348291), shares=14260804.699505360997679104)
    assert kind.swap(pool, 0, 2, 203050.105886).received == pytest.approx(214083.558262, abs=2e-6)


@pytest.mark.parametrize(("share", "price"), [(0.5, 1.0), (0.317, 0.981), (0.24, 0.963), (0.216, 0.954)])
def test_exact_discounts(share, price):
    """exact.md, 4: A = 50, two coins."""
    assert price_at_share(50.0, share) == pytest.approx(price, abs=5e-4)
    kind = venue(amplification=50.0)
    pool = pool_of(kind, (1e6 * (1 - share), 1e6 * share))
    assert kind.spot(pool, 0, 1) == pytest.approx(price_at_share(50.0, share), rel=1e-12)
    assert kind.spot(pool, 1, 0) == pytest.approx(1 / price_at_share(50.0, share), rel=1e-12)


def test_price_at_share_refuses_what_is_no_share():
    with pytest.raises(ValueError, match="allowed are shares inside"):
        price_at_share(50.0, 1.0)


balance = st.floats(1.0, 1e7)
amplifications = st.sampled_from([1.0, 20.0, 50.0, 500.0, 5000.0])


@given(first=balance, skew=st.lists(st.floats(0.02, 50.0), min_size=1, max_size=3), a=amplifications, part=st.floats(1e-9, 3.0))
@settings(max_examples=80, deadline=None)
def test_swap_keeps_the_invariant_and_spot_is_its_slope(first, skew, a, part):
    kind = venue(amplification=a, fee=0.0004, admin_fee=0.5)
    balances = [first, *(first * s for s in skew)]
    pool = pool_of(kind, balances)
    d = kind.invariant(pool)
    amount = part * first
    fill = kind.swap(pool, 0, 1, amount)
    assert fill.fee >= 0.0
    after = Pool((balances[0] + amount, balances[1] - fill.received, *balances[2:]), pool.shares, fill.state, 0.0)
    assert kind.invariant(after) >= d * (1 - 1e-12)
    back = kind.swap(after, 1, 0, fill.received)
    assert back.received <= amount * (1 + 1e-9)
    tiny = kind.swap(pool, 0, 1, first * 1e-9)
    assert (tiny.received + tiny.fee) / (first * 1e-9) == pytest.approx(kind.spot(pool, 0, 1), rel=1e-6)


@given(first=balance, skew=st.floats(0.05, 20.0), a=amplifications, part=st.floats(1e-6, 2.0))
@settings(max_examples=60, deadline=None)
def test_inverse_quotes(first, skew, a, part):
    kind = venue(amplification=a, rates=(1.2, 1.0))
    pool = pool_of(kind, (first, first * skew))
    fill = kind.swap(pool, 0, 1, part * first)
    assert kind.amount_for(pool, 0, 1, fill.received) == pytest.approx(part * first, rel=1e-6)
    price = kind.spot(pool, 0, 1) * 0.9
    amount = kind.amount_to(pool, 0, 1, price)
    here, there = kind.swap(pool, 0, 1, amount), kind.swap(pool, 0, 1, amount * (1 + 1e-5))
    assert (there.received - here.received) / (amount * 1e-5) == pytest.approx(price, rel=1e-4)
    assert kind.amount_to(pool, 0, 1, kind.spot(pool, 0, 1)) == 0.0


@given(first=balance, skew=st.floats(0.1, 10.0), give=st.tuples(st.floats(0.0, 2.0), st.floats(0.0, 2.0)), a=amplifications)
@settings(max_examples=80, deadline=None)
def test_adding_then_removing_never_gains(first, skew, give, a):
    kind = venue(amplification=a)
    balances = (first, first * skew)
    amounts = (give[0] * balances[0], give[1] * balances[1])
    if max(give) < 1e-3:
        return
    pool = pool_of(kind, balances)
    change = kind.add(pool, amounts)
    after = Pool((balances[0] + amounts[0], balances[1] + amounts[1]), pool.shares + change.shares, change.state, 0.0)
    assert kind.virtual_price(after) >= kind.virtual_price(pool) * (1 - 1e-12)
    assert min(change.state.admin) >= 0.0
    out = kind.remove_exact(after, amounts) if min(amounts) > 0 else None
    if out is not None:
        assert out.shares >= change.shares * (1 - 1e-9)
    if change.shares < min(kind.reserves(after)):
        for coin in (0, 1):
            one = kind.remove_one(after, change.shares, coin)
            left = [after.balances[k] - one.amounts[k] for k in (0, 1)]
            rest = Pool(tuple(left), pool.shares, one.state, 0.0)
            assert kind.virtual_price(rest) >= kind.virtual_price(pool) * (1 - 1e-9)


def test_admin_fees_are_kept_apart_and_paid_once():
    kind = venue(fee=0.01, admin_fee=0.5)
    pool = pool_of(kind, (1000.0, 1000.0))
    fill = kind.swap(pool, 0, 1, 100.0)
    assert fill.state.admin == (0.0, pytest.approx(fill.fee / 2))
    after = Pool((1100.0, 1000.0 - fill.received), pool.shares, fill.state, 0.0)
    assert kind.reserves(after)[1] == after.balances[1] - fill.fee / 2
    paid = kind.protocol_fees(after)
    assert paid.amounts == fill.state.admin
    assert kind.protocol_fees(Pool(after.balances, 1.0, paid.state, 0.0)).amounts == (0.0, 0.0)


def test_rates_price_a_claim_by_its_rate():
    kind = venue(rates=(1.15, 1.0))
    pool = pool_of(kind, (1000.0, 1150.0))
    assert kind.spot(pool, 0, 1) == pytest.approx(1.15)


def test_removing_all_leaves_an_exact_zero():
    kind = venue()
    pool = pool_of(kind, (123.456, 789.1), shares=77.7)
    assert kind.remove(pool, 77.7).amounts == pool.balances
    dust = Pool((0.0, -1e-17), 0.0, pool.state, 0.0)
    assert kind.add(dust, (10.0, 10.0)).shares == pytest.approx(20.0)


def test_ramp_moves_in_hundredths():
    kind = venue(amplification=100.0)
    day = 86400.0
    state = kind.ramp(kind.start(2, 0.0), 50.0, 10 * day, 24 * day)
    assert kind.amplification(state, 10 * day) == 100.0
    assert kind.amplification(state, 17 * day) == 75.0
    assert kind.amplification(state, 10 * day + 1.0) == 100.0
    assert kind.amplification(state, 30 * day) == 50.0
    for future, now, until, reason in (
        (60.0, 10.5 * day, 40 * day, "ramp_too_soon"),
        (60.0, 30 * day, 40 * day, "ramp_too_short"),
        (101.0, 30 * day, 60 * day, "invalid_amplification"),
        (24.0, 30 * day, 60 * day, "invalid_amplification"),
    ):
        with pytest.raises(Refused) as refusal:
            kind.ramp(state, future, now, until)
        assert refusal.value.reason == reason


def test_refusals():
    kind = venue()
    pool = pool_of(kind, (10.0, 10.0))
    empty = Pool((0.0, 0.0), 0.0, kind.start(2, 0.0), 0.0)
    for call, reason in (
        (lambda: kind.swap(pool, 0, 1, -1.0), "invalid_amount"),
        (lambda: kind.swap(pool, 1, 1, 1.0), "invalid_amount"),
        (lambda: kind.swap(empty, 0, 1, 1.0), "insufficient_liquidity"),
        (lambda: kind.spot(empty, 0, 1), "insufficient_liquidity"),
        (lambda: kind.amount_for(pool, 0, 1, 10.0), "insufficient_liquidity"),
        (lambda: kind.add(empty, (1.0, 0.0)), "invalid_amount"),
        (lambda: kind.add(pool, (0.0, 0.0)), "invalid_amount"),
        (lambda: kind.remove(pool, 21.0), "invalid_amount"),
        (lambda: kind.remove_one(pool, 15.0, 0), "insufficient_liquidity"),
        (lambda: kind.remove_exact(pool, (10.0, 0.0)), "insufficient_liquidity"),
        (lambda: kind.remove_exact(pool, (0.0, 0.0)), "invalid_amount"),
    ):
        with pytest.raises(Refused) as refusal:
            call()
        assert refusal.value.reason == reason
    with pytest.raises(ValueError, match="allowed are 2 or more"):
        venue(rates=(1.0,)).start(2, 0.0)
