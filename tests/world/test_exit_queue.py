"""Exact results, item 5: the exit queue's wait and the yield of redemption arbitrage come out of a run."""

import pytest

from model.claims import Restaked
from model.claims.exit_queue import redemption_yield
from model.core.actions import Collect, Redeem, Swap, Transaction
from model.core.units import DAY
from model.ecosystem import Ecosystem
from model.venues import ConstantProduct
from model.wakes import Timer
from model.world.venue import TradingVenue
from tests.world.claims import Nest

DEEP = 1e9


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
        due = [request.due for request in claim.line.requests.values()]
        if due and due[0] <= view.now:
            return [Transaction((Collect(target="steth"),))]
        return []

    def receive(self, receipt):
        self.receipts.append(receipt)

    def delay(self, now):
        return 0.0


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
    assert earned == pytest.approx(redemption_yield(1.0 - paid / 99.0, days))


def test_the_wait_is_the_line_over_the_churn():
    nest = Nest({"others_queued": 576_000.0, "others_per_day": 28_800.0})
    nest.give("bob", steth=57_600.0)
    assert nest.steth.wait(50.0) == pytest.approx((576_050.0 / 57_600.0) * DAY)
    nest.redeem("bob", "steth", 57_600.0)
    nest.redeem("alice", "steth", 100.0)
    first, second = nest.steth.line.requests.values()
    assert first.due == pytest.approx(11 * DAY)
    assert second.due == pytest.approx((11 + 100 / 57_600.0) * DAY), "one line: behind the others and behind bob"
    nest.pass_time(4 * DAY)
    ahead = nest.steth.line.ahead(nest.steth.mechanism, nest.world.clock.now)
    assert ahead == pytest.approx(576_000.0 + 57_700.0 - 4 * 28_800.0), "others keep joining"
    assert nest.steth.wait(0.0001) == pytest.approx(ahead / 57_600.0 * DAY, rel=1e-6)


def test_claims_on_the_same_stake_share_its_queue():
    nest = Nest({"others_queued": 57_600.0})
    quick = {"withdrawable_delay": 0.0, "sweep_delay": 0.0, "others_queued": 57_600.0}
    other = nest.place("ezeth", Restaked(Restaked.Params(backing="eth", escrow_delay=0.0, **quick)), 100_000.0)
    nest.give("bob", ezeth=57_600.0)
    nest.redeem("bob", "ezeth", 57_600.0)
    assert nest.steth.wait(0.0001) == pytest.approx(2 * DAY)
    assert other.wait(0.0001) == pytest.approx(2 * DAY)
    assert nest.rseth.line.length == 0.0, "what is backed by another claim does not leave as stake"


def test_nothing_leaves_before_redemption_opens():
    nest = Nest({"redemption_opens": 10 * DAY})
    assert nest.redeem("alice", "steth", 1.0).reason.startswith("closed")
    nest.pass_time(10 * DAY)
    assert nest.redeem("alice", "steth", 1.0).ok
