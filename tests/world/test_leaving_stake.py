"""What is leaving and not yet safe bears losses with those who stay, and is owed no more than at request."""

import pytest

from model.claims import Restaked, Staked, TokenisedRealWorld
from model.core.actions import Transfer
from model.core.units import DAY, YEAR
from model.world.redemption import common_rate
from tests.world.claims import Nest

QUICK = {"withdrawable_delay": 0.0, "sweep_delay": 0.0, "yield_per_year": 0.0}


def owed(claim):
    return [claim.line.tokens(request)[0] for request in claim.line.requests.values()]


def stage(kind=Restaked, backing="eth", supply=1_000.0, steth=None, **params):
    """Bob holds all of a new claim ``lrt``."""
    nest = Nest({"yield_per_year": 0.0, **(steth or {})})
    claim = nest.place("lrt", kind(kind.Params(backing=backing, **{**QUICK, **params})), supply)
    nest.give("bob", lrt=supply)
    return nest, claim


def test_stake_in_escrow_is_slashed_with_that_which_stays():
    nest, lrt = stage()
    nest.redeem("bob", "lrt", 500.0)
    nest.pass_time(13.9 * DAY)
    assert lrt.impair_share(0.5) == pytest.approx(500.0), "half of all that is at stake, not of what stays"
    assert lrt.price_of_one() == pytest.approx(0.5)
    assert owed(lrt) == [pytest.approx(250.0)]
    assert nest.world.audit() == []
    nest.pass_time(0.1 * DAY + 250.0 / 57_600.0 * DAY)
    assert nest.collect("bob", "lrt").results == (pytest.approx(250.0),)


def test_after_the_escrow_those_who_stay_bear_losses_alone():
    nest, lrt = stage()
    nest.redeem("bob", "lrt", 500.0)
    nest.pass_time(14.0 * DAY)
    assert lrt.impair_share(0.5) == pytest.approx(250.0)
    assert lrt.price_of_one() == pytest.approx(0.5)
    assert owed(lrt) == [pytest.approx(500.0)]
    assert nest.world.audit() == []


@pytest.mark.parametrize(
    ("rule", "day", "left"), [("request", 1.0, 500.0), ("escrow", 14.5, 500.0), ("finalised", 14.5, 250.0), ("finalised", 16.0, 500.0)]
)
def test_until_when_losses_are_borne_is_a_rule(rule, day, left):
    nest, lrt = stage(losses_until=rule, others_queued=57_600.0, others_per_day=57_600.0)
    nest.redeem("bob", "lrt", 500.0)
    nest.pass_time(day * DAY)
    lrt.impair_share(0.5)
    assert lrt.price_of_one() == pytest.approx(0.5)
    assert owed(lrt) == [pytest.approx(left)], "in escrow 14 days, then a day in line"
    assert nest.world.audit() == []


def test_a_new_rule_does_not_reach_requests_that_were_made_before():
    nest, lrt = stage(losses_until="request")
    nest.redeem("bob", "lrt", 500.0)
    lrt.mechanism = Restaked(lrt.mechanism.params.replaced(losses_until="finalised"))
    nest.redeem("bob", "lrt", 100.0)
    lrt.impair_share(0.5)
    assert owed(lrt) == [500.0, pytest.approx(50.0)]


def test_staked_what_waits_is_paid_the_lower_of_the_rates_at_request_and_when_it_is_ready():
    nest, lst = stage(Staked, rebases=False, others_queued=576_000.0, others_per_day=57_600.0)
    nest.redeem("bob", "lrt", 500.0)
    lst.mechanism = Staked(lst.mechanism.params.replaced(yield_per_year=0.365))
    nest.pass_time(DAY)
    lst.accrue()
    assert lst.price_of_one() == pytest.approx(1.001)
    assert owed(lst) == [500.0], "rewards after the request are for those who stay"
    lst.impair(0.25)
    assert owed(lst) == [500.0], "a loss that leaves the rate above that of the request costs only those who stay"
    assert lst.price_of_one() == pytest.approx(1.0005)
    lst.impair(10.25)
    assert owed(lst) == [pytest.approx(495.0)]
    assert lst.price_of_one() == pytest.approx(0.99), "below it all have the same rate"
    nest.pass_time(DAY)
    lst.accrue()
    again = (990.0 + 495.0 * 0.001) / 1_000.0
    assert owed(lst) == [pytest.approx(500.0 * again)], "what is made good before it is ready is made good for all"
    assert lst.price_of_one() == pytest.approx(again)
    assert nest.world.audit() == []


def test_a_rebasing_claim_is_slashed_with_its_queue():
    nest = Nest({"yield_per_year": 0.0})
    nest.give("bob", steth=40_000.0)
    nest.redeem("bob", "steth", 40_000.0)
    assert nest.steth.impair_share(0.1) == pytest.approx(10_000.0)
    assert owed(nest.steth) == [pytest.approx(36_000.0)]
    assert nest.held("alice", "steth") == pytest.approx(90.0)
    assert nest.wsteth.price_of_one() == pytest.approx(1.125)
    assert nest.world.audit() == []


def test_a_claim_on_a_rebasing_token_stays_solvent_when_that_one_is_slashed():
    nest, lrt = stage(backing="steth")
    nest.redeem("bob", "lrt", 900.0)
    nest.steth.impair_share(0.2)
    assert nest.world.audit() == []
    assert lrt.price_of_one() == pytest.approx(0.8), "it was -1.0 while a fixed number of tokens was owed"
    assert owed(lrt) == [pytest.approx(720.0)]
    nest.pass_time(14 * DAY)
    assert nest.collect("bob", "lrt").results == (pytest.approx(720.0),)
    assert nest.held("bob", "lrt") == pytest.approx(100.0)


@pytest.mark.parametrize("wrapped", [False, True])
def test_rewards_of_what_waits_in_escrow_are_not_a_gift_to_those_who_stay(wrapped):
    nest, lrt = stage(backing="wsteth" if wrapped else "steth", steth={"yield_per_year": 0.1})
    before = nest.wsteth.price_of_one()
    nest.redeem("bob", "lrt", 990.0)
    for _ in range(14):
        nest.pass_time(DAY)
        nest.steth.accrue()
    grown = (1.0 + 0.1 * DAY / YEAR) ** 14
    inner = nest.wsteth.price_of_one() if wrapped else 1.0
    start = before if wrapped else 1.0
    assert lrt.price_of_one() * inner == pytest.approx(start * grown), "1.0038, where it was 1.38"
    assert owed(lrt)[0] * inner == pytest.approx(990.0 * start * grown), "the same in a rebasing and in a wrapped form"
    assert nest.world.audit() == []


def test_everybody_may_leave_and_all_of_it_may_be_lost():
    nest, lrt = stage()
    nest.redeem("bob", "lrt", 600.0)
    nest.redeem("bob", "lrt", 400.0)
    lrt.impair_share(0.25)
    assert owed(lrt) == [pytest.approx(450.0), pytest.approx(300.0)]
    lrt.impair_share(1.0)
    assert owed(lrt) == [0.0, 0.0]
    nest.pass_time(15 * DAY)
    assert nest.collect("bob", "lrt").results == (0.0,)
    assert nest.world.audit() == []


def test_of_a_rebasing_token_that_is_lost_nobody_has_any():
    nest = Nest()
    nest.steth.impair_share(1.0)
    assert (nest.held("alice", "steth"), nest.steth.price_of_one()) == (0.0, 0.0)
    for amount in (1e-13, 1.0):
        some = Transfer(target="here", token="steth", amount=amount, to=nest.people["bob"])
        assert nest.do("alice", some).reason.startswith("insufficient_balance")
    assert nest.mint("alice", "steth", 1.0).reason.startswith("no_backing")


def test_a_fund_share_that_is_not_settled_bears_a_default():
    nest = Nest()
    nest.place("tbill", TokenisedRealWorld(TokenisedRealWorld.Params(backing="usd", recovery=0.4)), 1_000.0)
    nest.give("bob", tbill=500.0)
    nest.redeem("bob", "tbill", 500.0)
    nest.world.targets["tbill"].impair_share(1.0)
    assert owed(nest.world.targets["tbill"]) == [pytest.approx(200.0)]
    assert nest.world.audit() == []


def test_the_common_rate_shares_all_that_there_is():
    assert common_rate(1_000.0, 500.0, [(500.0, 500.0)]) == 1.0
    assert common_rate(1_100.0, 500.0, [(500.0, 500.0)]) == pytest.approx(1.2), "no more than at request"
    assert common_rate(900.0, 500.0, [(500.0, 500.0)]) == pytest.approx(0.9)
    assert common_rate(950.0, 500.0, [(300.0, 250.0), (200.0, 250.0)]) == pytest.approx(1.0), "1.2 at request falls to 1.0, .8 is kept"
    assert common_rate(0.0, 500.0, [(500.0, 500.0)]) == 0.0
    assert common_rate(100.0, 0.0, [(100.0, 100.0)]) == float("inf")
    assert common_rate(50.0, 0.0, [(100.0, 100.0)]) == 0.5


def test_who_is_in_line_keeps_the_place_when_slashed():
    nest, lrt = stage(supply=200_000.0, losses_until="finalised")
    nest.redeem("bob", "lrt", 57_600.0)
    nest.pass_time(14.5 * DAY)
    lrt.impair_share(0.5)
    assert owed(lrt) == [pytest.approx(28_800.0)]
    assert list(lrt.waiting(nest.people["bob"]).values()) == [pytest.approx(15.0 * DAY)], "the churn is taken up when the exit begins"
    nest.redeem("bob", "lrt", 115_200.0)
    nest.pass_time(DAY)
    lrt.impair_share(0.5)
    later = max(lrt.waiting(nest.people["bob"]).values())
    assert later == pytest.approx((14.5 + 14.0 + 0.5) * DAY), "what is lost in escrow joins no line"
