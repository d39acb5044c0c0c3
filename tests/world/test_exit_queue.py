"""Exact results, item 5: the exit queue's wait and the yield of redemption arbitrage come out of a run."""

import pytest

from model.claims import Restaked
from model.core.actions import Collect, Govern, Redeem, Swap, Transaction
from model.core.errors import BadInput
from model.core.units import DAY
from model.ecosystem import Ecosystem
from model.venues import ConstantProduct
from model.wakes import Timer
from model.world.venue import TradingVenue
from tests.world.claims import Nest

DEEP = 1e9
QUICK = {"withdrawable_delay": 0.0, "sweep_delay": 0.0}


class Buyer:
    """Buys at a discount at once, redeems in the same transaction, and collects when it is due."""

    chain, takes_offers, most_pending, ask_again = "here", False, 1, None

    def __init__(self, account):
        self.account, self.receipts = account, []

    def wakes(self):
        return (Timer(1.0, 600.0),)

    def decide(self, view):
        claim = view.claim("steth")
        if not self.receipts:
            bought = Swap(target="curve", sell="eth", buy="steth", amount=100.0)
            return [Transaction((bought, Redeem(target="steth", amount=99.0)))]
        due = claim.waiting(self.account).values()
        if due and min(due) <= view.now:
            return [Transaction((Collect(target="steth"),))]
        return []

    def receive(self, receipt):
        self.receipts.append(receipt)

    def delay(self, now):
        return 0.0


def reason(receipt):
    return receipt.reason.partition(":")[0]


def due(nest, who, claim):
    (moment,) = nest.world.targets[claim].waiting(nest.people[who]).values()
    return moment


def test_a_discount_of_six_permille_and_nine_days_yield_a_quarter():
    nest = Nest({"others_queued": 9 * 57_600.0, "yield_per_year": 0.0})
    world, account = nest.world, nest.people["fund"]
    venue = TradingVenue(world, "curve", "here", ("eth", "steth"), ConstantProduct(ConstantProduct.Params(fee=0.0)))
    world.add(venue)
    nest.ledger.create("eth", venue.account, 0.994 * DEEP, "genesis")
    nest.ledger.move("steth", 0, venue.account, DEEP)
    nest.give("fund", eth=100.0)
    nest.chains["here"].fund_purses([account], 1.0)
    model = Ecosystem(world, seed=1, period=1e9, audited=True)
    buyer = Buyer(account)
    model.enrol(buyer)
    world.clock.tick = 3_600.0
    while world.clock.elapsed < 9.5 * DAY:
        model.step()
    assert [receipt.status for receipt in buyer.receipts] == ["executed", "executed"]
    requested, settled = world.events.since("redemptions", 0)
    days = (settled["time"] - requested["time"]) / DAY
    assert days == pytest.approx(9 * 57_600.0 / 57_600.0, abs=0.01)
    paid = 99.0 / buyer.receipts[0].results[0] * 100.0
    earned = (settled["amount"] / paid - 1.0) * 365.0 / days
    assert earned == pytest.approx(0.245, abs=0.001)


def test_the_wait_is_the_line_over_the_churn():
    nest = Nest({"others_queued": 576_000.0, "others_per_day": 28_800.0})
    nest.give("bob", steth=57_600.0)
    assert nest.steth.wait(50.0) == pytest.approx((576_050.0 / 57_600.0) * DAY)
    nest.redeem("bob", "steth", 57_600.0)
    nest.redeem("alice", "steth", 100.0)
    assert due(nest, "bob", "steth") == pytest.approx(11 * DAY)
    assert due(nest, "alice", "steth") == pytest.approx((11 + 100 / 57_600.0) * DAY), "one line: behind the others and behind bob"
    nest.pass_time(4 * DAY)
    ahead = nest.steth.ahead
    assert ahead == pytest.approx(576_000.0 + 57_700.0 - 4 * 28_800.0), "others keep joining"
    assert nest.steth.wait(0.0001) == pytest.approx(ahead / 57_600.0 * DAY, rel=1e-6)


def test_claims_on_the_same_stake_share_its_queue():
    nest = Nest({"others_queued": 57_600.0})
    other = nest.place("ezeth", Restaked(Restaked.Params(backing="eth", escrow_delay=0.0, **QUICK)), 100_000.0)
    assert other.mechanism.params.others_queued == 57_600.0, "stated once, it holds for both"
    assert other.line.queue is nest.steth.line.queue
    nest.give("bob", ezeth=57_600.0)
    nest.redeem("bob", "ezeth", 57_600.0)
    assert nest.steth.wait(0.0001) == pytest.approx(2 * DAY)
    assert other.wait(0.0001) == pytest.approx(2 * DAY)


def test_an_escrow_comes_first_and_joins_the_line_as_it_is_then():
    nest = Nest()
    lrt = nest.place("lrt", Restaked(Restaked.Params(backing="eth", sweep_delay=0.0, others_queued=57_600.0)), 400_000.0)
    nest.give("bob", lrt=300_000.0)
    withdrawable = 98_304.0 / DAY
    assert lrt.wait(1e-6) / DAY == pytest.approx(14.0 + withdrawable), "the line of today is gone by then"
    nest.redeem("bob", "lrt", 288_000.0)
    assert due(nest, "bob", "lrt") / DAY == pytest.approx(14.0 + 5.0 + withdrawable)
    assert nest.steth.wait(1e-6) / DAY == pytest.approx(1.0), "who is in escrow stands in nobody's way"
    assert nest.steth.ahead == 57_600.0
    nest.pass_time(13.5 * DAY)
    assert nest.steth.wait(1e-6) == pytest.approx(0.0, abs=0.1)
    nest.redeem("alice", "steth", 57.6)
    assert due(nest, "alice", "steth") / DAY == pytest.approx(13.501), "who comes before it joins is before it"
    nest.pass_time(0.5 * DAY)
    assert nest.steth.ahead == pytest.approx(288_000.0)
    assert nest.steth.wait(1e-6) / DAY == pytest.approx(5.0), "from now on it is in the line"
    nest.redeem("alice", "steth", 1.0)
    assert max(nest.steth.waiting(nest.people["alice"]).values()) / DAY == pytest.approx(19.0, rel=1e-5)
    assert nest.world.audit() == []


def test_those_in_escrow_stand_before_a_request_that_joins_after_them():
    nest = Nest()
    first = nest.place("lrt", Restaked(Restaked.Params(backing="eth", escrow_delay=7 * DAY, **QUICK)), 400_000.0)
    second = nest.place("other", Restaked(Restaked.Params(backing="eth", escrow_delay=9 * DAY, **QUICK)), 400_000.0)
    nest.give("bob", lrt=200_000.0, other=200_000.0)
    nest.redeem("bob", "other", 57_600.0)
    nest.redeem("bob", "lrt", 172_800.0)
    assert due(nest, "bob", "lrt") / DAY == pytest.approx(10.0)
    assert due(nest, "bob", "other") / DAY == pytest.approx(9.0 + 1.0 + 1.0), "a later joiner got in before it"
    first.impair(200_000.0)
    assert due(nest, "bob", "lrt") / DAY == pytest.approx(7.0 + 1.5), "half of what was in escrow is gone"
    assert due(nest, "bob", "other") / DAY == pytest.approx(10.0)
    assert second.wait(1e-6) / DAY == pytest.approx(10.0)
    nest.pass_time(8.5 * DAY)
    assert nest.collect("bob", "lrt").results == (pytest.approx(86_400.0),)


def test_what_is_restaked_as_a_claim_is_paid_in_it_and_then_leaves_through_the_real_queue():
    nest = Nest({"others_queued": 20 * 57_600.0}, {"escrow_delay": 7 * DAY})
    assert list(nest.world.exit_queues) == [("here", "eth")], "wsteth has no validators of its own"
    assert nest.rseth.wait(50.0) == 7 * DAY
    nest.redeem("alice", "rseth", 100.0)
    assert nest.rseth.ahead == pytest.approx(80.0), "wsteth, in escrow"
    assert nest.steth.ahead == 20 * 57_600.0, "no stake leaves for it"
    nest.pass_time(7 * DAY)
    assert nest.collect("alice", "rseth").results == (pytest.approx(80.0),)
    nest.redeem("alice", "wsteth", 80.0)
    nest.redeem("alice", "steth", 100.0)
    assert due(nest, "alice", "steth") / DAY == pytest.approx(7.0 + 13.0, rel=1e-3)


def test_a_new_churn_moves_those_who_wait_and_nobody_who_has_left():
    nest = Nest({"others_queued": 57_600.0})
    other = nest.place("ezeth", Restaked(Restaked.Params(backing="eth", **QUICK)), 400_000.0)
    nest.give("bob", steth=60_000.0, ezeth=57_600.0)
    nest.redeem("alice", "steth", 57.6)
    nest.redeem("bob", "steth", 57_600.0 - 57.6)
    nest.redeem("bob", "ezeth", 57_600.0)
    nest.pass_time(1.5 * DAY)
    halved = Govern(target="steth", changes=(("churn_per_day", 28_800.0), ("others_per_day", 14_400.0)))
    assert nest.do("bob", halved).ok
    assert due(nest, "alice", "steth") / DAY == pytest.approx(1.001), "has left"
    assert due(nest, "bob", "steth") / DAY == pytest.approx(1.5 + 1.0), "half a day of the old churn is a day of the new one"
    assert nest.steth.ahead == pytest.approx(28_800.0), "the line of before is counted by the old churn and arrivals"
    assert other.mechanism.params.churn == 28_800.0, "a fact of the chain, for every claim on the stake"
    assert due(nest, "bob", "ezeth") / DAY == pytest.approx(14.0 + 2.0), "empty by then: its own exit, at the new churn"
    nest.pass_time(DAY)
    assert nest.steth.ahead == pytest.approx(14_400.0)
    assert nest.do("bob", Govern(target="ezeth", changes=(("churn_per_day", 57_600.0),))).ok
    nest.pass_time(0.5 * DAY)
    assert nest.steth.ahead == 0.0
    assert reason(nest.do("bob", Govern(target="steth", changes=(("others_queued", 1.0),)))) == "invalid_parameters"


def test_a_reverted_change_of_the_churn_leaves_no_trace():
    nest = Nest({"others_queued": 57_600.0})
    nest.place("ezeth", Restaked(Restaked.Params(backing="eth", **QUICK)), 400_000.0)
    before = nest.steth.line.queue.paces
    both = (Govern(target="ezeth", changes=(("churn_per_day", 1.0),)), Redeem(target="steth", amount=1e9))
    assert not nest.do("alice", *both).ok
    assert nest.steth.line.queue.paces == before
    assert nest.steth.mechanism.params.churn == 57_600.0
    assert nest.steth.wait(1e-6) == pytest.approx(DAY)


def test_claims_that_contradict_each_other_on_their_queue_are_refused():
    nest = Nest({"others_queued": 576_000.0})
    with pytest.raises(BadInput, match=r"ezeth.others_queued: 0.0; allowed: 576000.0, as steth.others_queued says"):
        nest.place("ezeth", Restaked(Restaked.Params(backing="eth", others_queued=0.0)), 1.0)


def test_nothing_leaves_before_redemption_opens():
    nest = Nest({"redemption_opens": 10 * DAY})
    assert nest.redeem("alice", "steth", 1.0).reason.startswith("closed")
    nest.pass_time(10 * DAY)
    assert nest.redeem("alice", "steth", 1.0).ok
