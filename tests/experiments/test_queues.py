"""Exact results, item 5, out of runs of 14 days: the wait is the line over the churn, redemption arbitrage earns d / (1 - d) x 365 / q."""

from __future__ import annotations

import math

import pytest

from model.core.units import DAY
from tests.agents.two_chains import opened

CHURN = 57_600.0
QUEUED = 9 * CHURN
CLAIM = {
    "kind": "staked", "rebases": False, "yield_per_year": 0.0, "others_queued": QUEUED, "others_per_day": CHURN,
    "withdrawable_delay": 0.0, "sweep_delay": 0.0,
}  # fmt: skip
ARBITRAGE = {
    "kind": "redemption", "count": 1, "venue": "deep", "claim": "lst", "backing": "eth", "capital": 10.0, "required_yield": [0.2, 0.2],
    "slice": 1.0,
}  # fmt: skip


def start(count=1, price=0.994, buffer=0.0, shocks=None, given=CLAIM, **claim):
    """A deep pool in which the token stands at ``price``."""
    deep = {
        "chain": "ethereum", "tokens": ["eth", "lst"], "mechanism": {"kind": "constant_product", "fee": 0.0},
        "reserves": {"eth": price * 1e6, "lst": 1e6},
    }  # fmt: skip
    token = {"claim": {**given, **claim}, "supply": 3e6, "buffer": buffer}
    agents = {"arbitrageurs": {**ARBITRAGE, "count": count, "capital": 10.0 * count}}
    return opened(agents, venues={"deep": deep}, tokens={"lst": token}, shocks=shocks or {})


def series_of(model):
    """What the run has recorded."""
    return model.datacollector.get_model_vars_dataframe()


class Purse:
    """What the test itself sees of an account: when its ETH went and came back, tick by tick."""

    def __init__(self, model, name="arbitrageurs"):
        self.model, self.account, self.flows = model, model.world.accounts.of(name), []
        self.held = self.now()

    def now(self):
        return self.model.world.ledgers["ethereum"].balance("eth", self.account)

    def watch(self, days, tick=600.0):
        world = self.model.world
        world.clock.tick = tick
        while world.clock.elapsed < days * DAY - 1e-6:
            self.model.step()
            if abs(self.now() - self.held) > 1e-9:
                self.flows.append((world.clock.elapsed / DAY, self.now() - self.held))
                self.held = self.now()


def test_the_yield_of_the_purse_is_that_of_discount_and_wait():
    model = start()
    purse = Purse(model)
    discount = 1.0 - model.world.targets["deep"].spot("lst", "eth") / model.world.targets["lst"].price_of_one()
    purse.watch(8.9)
    (bought, paid), *rest = purse.flows
    assert (paid, rest) == (pytest.approx(-10.0), []), "nothing comes back before its time"
    series = series_of(model)
    wait = float(series["wait.lst"].iloc[0])
    assert wait == pytest.approx(9.0, rel=1e-4)
    assert math.isnan(series["redemption_yield.arbitrageurs"].iloc[-1])
    model.deciders[0].required = 1.0  # what comes back stays in the purse
    purse.watch(14.0)
    came_back, received = purse.flows[1]
    days = came_back - bought
    assert days == pytest.approx(QUEUED / CHURN, abs=2 * 600.0 / DAY)
    earned = (received + paid) / -paid * 365.0 / days
    assert earned == pytest.approx(discount / (1.0 - discount) * 365.0 / wait, rel=0.01)
    assert earned == pytest.approx(0.245, abs=0.003)
    assert series_of(model)["redemption_yield.arbitrageurs"].iloc[-1] == pytest.approx(earned, rel=0.005)


def test_the_recorded_wait_is_the_recorded_line_over_the_churn():
    model = start(count=3, others_per_day=20_000.0)
    Purse(model).watch(14.0, tick=3_600.0)
    series = series_of(model)
    days = (series["time"] - model.world.clock.start) / DAY
    queue, wait = series["queue.lst"], series["wait.lst"]
    assert wait.to_numpy() == pytest.approx((queue.to_numpy() + 1.0) / CHURN, rel=1e-9)
    requests = model.world.events.frame("redemptions").query("step == 'requested'")
    own = requests[requests["time"] < model.world.clock.start + DAY]["amount"].sum()
    assert own == pytest.approx(30.0 / 0.994, rel=1e-4)
    at_day_5 = int((abs(days - 5.0)).argmin())
    assert queue.iloc[at_day_5] == pytest.approx(QUEUED + own - 5.0 * (CHURN - 20_000.0), abs=1.0)
    assert queue.iloc[-1] < 50.0, "after 13.8 days nobody is left but those who bought last"
    assert series["rate.lst"].to_numpy() == pytest.approx(1.0)


def test_a_slashing_takes_the_yield_of_those_who_wait():
    hit = {"slash": {"kind": "slashing", "claim": "lst", "severity": 0.05, "at": 4 * DAY}}
    model = start(shocks=hit)
    Purse(model).watch(12.0, tick=3_600.0)
    assert series_of(model)["rate.lst"].iloc[-1] == pytest.approx(0.95)
    assert series_of(model)["redemption_yield.arbitrageurs"].iloc[-1] == pytest.approx((0.95 / 0.994 - 1.0) * 365.0 / 9.0, rel=0.02)


def test_what_a_buffer_pays_at_once_ties_up_no_capital():
    restaked = {"kind": "restaked", "yield_per_year": 0.0, "escrow_delay": 9 * DAY, "withdrawable_delay": 0.0, "sweep_delay": 0.0}
    model = start(buffer=5.0, given=restaked)
    assert model.world.targets["lst"].wait(1.0) == 0.0
    Purse(model).watch(1.0 / 24.0, tick=3_600.0)
    model.deciders[0].required = 1e3  # one purchase
    Purse(model).watch(10.0, tick=3_600.0)
    assert series_of(model)["wait.lst"].iloc[-1] == pytest.approx(9.0, rel=1e-4)
    got = 10.0 / 0.994
    expected = (got - 10.0) / (10.0 * (got - 5.0) / got) * 365.0 / 9.0
    assert series_of(model)["redemption_yield.arbitrageurs"].iloc[-1] == pytest.approx(expected, rel=0.01)
    assert series_of(model)["queue.lst"].max() == 0.0, "who is in escrow stands in no line yet, and joins an empty one"


def test_closed_redemption_has_no_wait():
    model = start(redemption_opens="2030-01-01")
    model.step()
    assert math.isnan(series_of(model)["wait.lst"].iloc[-1])
