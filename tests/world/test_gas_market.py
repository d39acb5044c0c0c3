"""What gas costs: one price for whoever asks, what is charged is what was said, a limit that limits, purses that add up."""

from __future__ import annotations

import math

import pytest

from model.core.actions import Flash, Transaction, Transfer
from model.core.clock import Clock
from model.core.draws import Draws
from model.core.units import GWEI
from model.ordering import BaseFee, FirstPrice, SealedBid, Sequencer
from model.ordering.sequencer import SequencerParams
from model.world.chain import Chain, ChainParams
from model.world.world import World

KINDS = {kind.kind: kind for kind in (BaseFee, FirstPrice, SealedBid, Sequencer)}
PURSE = 10.0


class Street:
    """One chain, four people with purses, no ecosystem."""

    def __init__(self, ordering=None, **params):
        self.world = World(Clock(0.0, 60.0), Draws(1))
        given = {"block_time": 12.0, "gas_price": 30.0, **params}
        self.chain = Chain(self.world, "c", ChainParams(**given), ordering or BaseFee(BaseFee.Params()))
        self.world.add_chain(self.chain)
        self.people = [self.world.accounts.open(name) for name in "abcd"]
        self.chain.fund_purses(self.people, PURSE)
        self.chain.ledger.register("tok")

    def transaction(self, tip=0.0, number=1, amount=0.0, **more):
        move = Transfer(target="c", token="tok", amount=amount, to=self.people[0])
        return Transaction((move,) * number, tip=tip * GWEI, **more)

    def send(self, who=0, at=None, **given):
        transaction = self.transaction(**given)
        self.chain.submit(self.people[who], transaction, self.world.clock.now if at is None else at)
        return transaction

    def at(self, moment):
        self.world.clock.advance(moment)
        self.chain.move(moment)

    def block(self):
        """The next block: (who, receipt) in order."""
        moment = self.chain.next_time()
        self.world.clock.advance(moment)
        self.chain.open_block(moment)
        done = self.chain.fill(moment)
        assert self.world.audit() == []
        return [(self.world.accounts.name(sender), receipt) for sender, receipt in done]

    def purse(self, who=0):
        return self.chain.purses.get(0, self.people[who])


def spiked(street, factor=10.0):
    street.chain.course.factor = factor
    street.chain.move(street.world.clock.now)


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("fails", [False, True])
def test_the_charge_the_event_and_the_estimate_agree(kind, fails):
    street = Street(KINDS[kind](KINDS[kind].Params()))
    street.at(600.0)
    spiked(street, 4.0)
    street.at(7_200.0)
    sent = street.send(tip=300.0, amount=5.0 if fails else 0.0)
    expected = street.chain.cost_of(sent)
    ((_, receipt),) = street.block()
    assert receipt.status == ("reverted" if fails else "executed")
    free = fails and kind == "sealed_bid"
    assert receipt.fee == pytest.approx(0.0 if free else expected, rel=0.01)
    assert PURSE - street.purse() == pytest.approx(receipt.fee)
    assert street.chain.gas_paid == pytest.approx(receipt.fee)
    assert street.chain.ledger.balance("eth", 0) == pytest.approx(receipt.fee)
    if fails:
        (event,) = street.world.events.since("reverts", 0)
        assert (event["fee"], event["gas"]) == (receipt.fee, 71e3)
    tip = {"first_price": 300.0, "sequencer": 120.0}.get(kind, 420.0) * GWEI
    assert receipt.fee == pytest.approx(0.0 if free else 71e3 * tip, rel=0.01)


def test_what_is_executed_outside_of_blocks_pays_nothing_and_says_so():
    street = Street()
    assert not street.chain.execute(street.people[0], street.transaction(amount=5.0), 0.0).ok
    assert [row["fee"] for row in street.world.events.since("reverts", 0)] == [0.0]


def test_an_idle_chain_states_the_base_fee_of_its_next_block():
    street = Street()
    street.at(600.0)
    spiked(street)
    for moment in (606.0, 660.0, 900.0, 7_200.0):
        street.at(moment)
        stated = street.chain.price_for(0.0)
        fee = 30.0 * GWEI
        for _ in range(math.ceil((moment - 600.0) / 12.0)):
            fee *= 1.0 + min(1.0, 300.0 * GWEI / fee - 1.0) / 8.0
        assert stated == pytest.approx(fee, rel=1e-9)
        assert street.chain.fee == pytest.approx(30.0 * GWEI), "none was built"
    street.send(tip=1.0)
    street.block()
    assert street.chain.price_for(2 * GWEI) == street.chain.fee + 2 * GWEI


def test_an_urgent_tip_is_what_the_next_block_asks():
    street = Street()
    street.at(600.0)
    spiked(street)
    assert street.chain.entry_tip() > 0.0
    street.at(7_200.0)
    assert street.chain.entry_tip() == 0.0, "the base fee has caught up"
    assert street.chain.going_price() == pytest.approx(300.0 * GWEI)


def test_a_first_price_chain_has_no_base_fee_from_the_start():
    street = Street(FirstPrice(FirstPrice.Params()))
    assert (street.chain.fee, street.chain.price_for(7 * GWEI)) == (0.0, 7 * GWEI)
    assert street.chain.going_price() == street.chain.entry_tip()


def test_the_base_fee_stands_still_in_a_halt():
    """Ten blocks of a spike, an hour without blocks, ten more: twenty steps in all."""
    halted, plain = Street(), Street()
    for street, end in ((halted, 120.0 + 3_600.0 + 9 * 12.0), (plain, 12.0 * 20)):
        spiked(street)
        street.at(120.0)
        if street is halted:
            street.chain.halt(120.0 + 3_600.0)
            before = street.chain.next_fee()
            street.at(3_000.0)
            assert street.chain.next_fee() == before
            assert street.chain.going_price() > before
            spiked(street, 5.0)
            spiked(street, 10.0)
            assert street.chain.fee == before
        street.at(end)
    assert halted.chain.price_for(0.0) == pytest.approx(plain.chain.price_for(0.0), rel=1e-9)
    assert halted.chain.price_for(0.0) > 2.0 * 30.0 * GWEI


def test_the_first_block_after_a_halt_is_one_step_on():
    street = Street()
    spiked(street)
    street.chain.halt(3_600.0)
    street.send(tip=400.0)
    street.block()
    assert street.world.clock.now == 3_600.0
    assert street.chain.fee == pytest.approx(30.0 * GWEI * 1.125)


def test_a_halt_for_good_builds_no_block():
    street = Street()
    street.send()
    street.chain.halt(math.inf)
    assert street.chain.next_time() == math.inf
    assert street.chain.price_for(0.0) == street.chain.fee
    spiked(street)
    assert street.chain.fee == 30.0 * GWEI


def test_who_runs_out_of_gas_pays_the_limit_and_no_more():
    street = Street()
    street.chain.purses.put(0, street.people[0], 80e3 * 30.1 * GWEI)
    street.chain.ledger.move("eth", street.chain.account, 0, PURSE - 80e3 * 30.1 * GWEI)
    street.send(number=3, gas_limit=80e3)
    ((_, receipt),) = street.block()
    assert (receipt.reason, receipt.gas) == ("out_of_gas", 80e3)
    assert receipt.fee == pytest.approx(80e3 * 30.0 * GWEI)
    assert street.purse() == pytest.approx(80e3 * 0.1 * GWEI, rel=1e-6)
    assert street.world.events.since("reverts", 0)[0]["gas"] == 80e3
    assert street.chain.execute(street.people[0], street.transaction(number=3), 0.0, 171e3).ok


@pytest.mark.parametrize("limit", [20_999.0, 120_999.0])
def test_the_gas_of_a_flash_loan_counts(limit):
    street = Street()
    loan = street.transaction(flash=Flash("nobody", "tok", 1.0))
    receipt = street.chain.execute(street.people[0], loan, 0.0, limit)
    assert (receipt.reason, receipt.gas) == ("out_of_gas", limit)
    assert street.chain.execute(street.people[0], loan, 0.0, 121e3).reason.startswith("no_such_target")


def test_who_cannot_pay_does_not_execute():
    street = Street()
    street.chain.ledger.create("tok", street.people[1], 5.0, "genesis")
    street.chain.purses.put(0, street.people[1], 71e3 * 29.9 * GWEI)
    street.chain.ledger.move("eth", street.chain.account, 0, PURSE - 71e3 * 29.9 * GWEI)
    street.send(who=1, amount=5.0)
    ((_, receipt),) = street.block()
    assert (receipt.status, receipt.reason, receipt.fee) == ("dropped", "no_gas_purse", 0.0)
    assert street.chain.ledger.balance("tok", street.people[1]) == 5.0
    assert [row["reason"] for row in street.world.events.since("refused", 0)] == ["no_gas_purse"]


def test_purses_are_audited():
    street = Street()
    street.chain.purses.add(0, street.people[0], 1e-3)
    assert [identity.place for identity in street.world.audit()] == ["chain.c purses"]
    street.chain.purses.add(0, street.people[0], -1e-3)
    street.chain.purses.add(0, street.people[0], -PURSE - 1.0)
    street.chain.purses.add(0, street.people[1], PURSE + 1.0 - PURSE)
    assert [identity.place for identity in street.world.audit()][-1] == "chain.c lowest purse"


def test_what_a_bundle_used_moves_the_base_fee_as_its_own_block():
    street = Street()
    street.send(number=200)
    street.block()
    used = street.chain._last_used
    street.world.clock.advance(24.0)
    street.chain.open_block(24.0)
    entry = street.chain.entry(street.people[1], street.transaction(), 24.0)
    assert street.chain.include_bundle([entry], 0.0, 24.0)
    street.chain.fill(24.0)
    assert (used, street.chain._last_used) == (21e3 + 200 * 50e3, 71e3)
    fee = street.chain.fee
    assert street.chain.market.base_fee(fee, street.chain.demand, 71e3, 1) == pytest.approx(street.chain._fee_after(1))


def test_sealed_bids_that_fail_leave_their_room_to_others():
    street = Street(SealedBid(SealedBid.Params()), block_gas=400e3)
    for who in range(3):
        street.send(who=who, tip=10.0, amount=5.0)
    street.send(who=3, tip=1.0)
    done = street.block()
    assert {who for who, _ in done[:3]} == {"a", "b", "c"}
    assert [(receipt.status, receipt.fee > 0.0) for _, receipt in done] == [("reverted", False)] * 3 + [("executed", True)]
    assert done[3][0] == "d"
    assert street.chain._last_used == 71e3


def test_losers_who_pay_keep_their_room():
    street = Street(block_gas=400e3)
    for who in range(3):
        street.send(who=who, tip=10.0, amount=5.0)
    street.send(who=3, tip=1.0)
    done = street.block()
    assert len(done) == 3
    assert all(receipt.fee > 0.0 for _, receipt in done)
    assert [entry.sender for entry in street.chain.pending] == [street.people[3]]


def lane(advantage):
    return Street(Sequencer(SequencerParams(express_advantage=advantage, express_price=1.0)), block_time=0.25, gas_price=0.1)


@pytest.mark.parametrize(("advantage", "first"), [(0.2, "b"), (0.0, "a")])
def test_the_head_start_of_the_express_lane_reaches_over_blocks(advantage, first):
    street = lane(advantage)
    street.send(who=0, at=0.10)
    street.send(who=1, at=0.20, tip=2.0)
    done = street.block()
    assert street.world.clock.now == 0.25
    assert done[0][0] == first
    if advantage:
        assert [who for who, _ in street.block()] == ["a"], "held back until 0.3"
        assert street.world.clock.now == 0.5
