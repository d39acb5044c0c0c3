"""What a hub decides when a message arrives, by the rules that hold then; and what a spoke far away can know of it."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from model.bridges import BurnAndMint
from model.core.actions import ALL, Borrow, Govern, Repay, Supply, Take, Withdraw
from model.core.errors import BadInput
from model.markets import Hub
from model.markets.hub_liquidation import CrossLiquidate
from tests.markets.test_hub import FIXED, TwoChains

YEAR = 31_536_000.0


def ready(**terms) -> TwoChains:
    """Half a million dollars lent on the far chain, a hundred eth of alice's at home."""
    stage = TwoChains(**terms)
    stage.lend()
    assert stage.at("home", "alice", Supply(target="hub", token="eth", amount=100.0)).ok
    return stage


def indebted(debt: float = 140_000.0, **terms) -> TwoChains:
    stage = ready(**terms)
    assert stage.at("far", "alice", Borrow(target="hub", token="usdc", amount=debt)).ok
    stage.arrive(1200.0)
    assert stage.balance("far", "alice") == 1e6 + debt
    return stage


def govern(stage: TwoChains, **changes: object):
    return stage.at(
        "home", "alice", Govern(target="hub", changes=tuple((place.replace("__", "."), value) for place, value in changes.items()))
    )


def steps(stage: TwoChains) -> list[str]:
    return stage.world.events.frame("bridge_messages")["step"].tolist()


def offer_of(stage: TwoChains, name: str = "alice"):
    (offer,) = stage.hub.offers(stage.hub.book.find(stage.account(name)))
    return offer


@pytest.mark.parametrize(("change", "reason"), [("paused", "paused"), ("assets.usdc.borrowable", "not_borrowable")])
def test_what_governance_stops_while_a_request_is_on_its_way_is_refused_on_arrival(change, reason):
    stage = ready()
    assert stage.at("far", "alice", Borrow(target="hub", token="usdc", amount=100_000.0)).ok
    assert govern(stage, **{f"spokes.far.{change}": change == "paused"}).ok
    stage.arrive(3000.0)
    assert stage.balance("far", "alice") == 1e6
    assert stage.hub.debts_of(stage.account("alice")) == {}
    assert f"borrow {reason}" in steps(stage)


@pytest.mark.parametrize("place", ["paused", "assets.usdc.supply_cap"])
def test_a_supply_that_is_stopped_while_on_its_way_is_paid_back(place):
    stage = ready()
    assert stage.at("far", "bob", Supply(target="hub", token="usdc", amount=1_000.0)).ok
    assert govern(stage, **{f"spokes.far.{place}": True if place == "paused" else 1.0}).ok
    stage.arrive(600.0)
    assert stage.balance("far", "bob") == 1e6 - 1_000.0
    assert stage.hub.deposits_of(stage.account("bob")) == {}
    stage.arrive(600.0)
    assert stage.balance("far", "bob") == pytest.approx(1e6)


def test_news_of_the_hubs_rules_takes_the_spokes_delay():
    stage = ready()
    assert govern(stage, **{"spokes.far.paused": True}).ok
    stage.arrive(599.0)
    sent = stage.at("far", "bob", Supply(target="hub", token="usdc", amount=1.0))
    stage.arrive(2.0)
    heard = stage.at("far", "bob", Supply(target="hub", token="usdc", amount=1.0))
    assert (sent.ok, heard.reason.partition(":")[0]) == (True, "paused")
    assert govern(stage, **{"spokes.home.paused": True}).ok
    assert stage.at("home", "bob", Supply(target="hub", token="eth", amount=1.0)).reason.startswith("paused"), "no delay at the hub"
    assert govern(stage, **{"spokes.far.paused": False}).ok
    assert stage.at("far", "bob", Borrow(target="hub", token="usdc", amount=1.0)).reason.startswith("paused")
    stage.arrive(601.0)
    assert stage.at("far", "bob", Supply(target="hub", token="usdc", amount=1.0)).ok


def test_the_supply_cap_holds_at_the_hub_and_the_rest_is_paid_back():
    stage = TwoChains(usdc={"supply_cap": 1_000.0}, eth={"supply_cap": 50.0})
    for _ in range(3):
        assert stage.at("far", "bob", Supply(target="hub", token="usdc", amount=400.0)).ok
    stage.arrive(1200.0)
    assert stage.hub.totals()["usdc"]["supplied"] == pytest.approx(800.0)
    assert stage.balance("far", "bob") == pytest.approx(1e6 - 800.0)
    assert stage.at("home", "bob", Supply(target="hub", token="eth", amount=51.0)).reason.startswith("supply_cap")
    assert stage.at("home", "bob", Supply(target="hub", token="eth", amount=50.0)).ok


def test_the_borrow_cap_holds_at_the_hub():
    stage = ready(usdc={"borrow_cap": 50_000.0})
    stage.at("far", "alice", Borrow(target="hub", token="usdc", amount=40_000.0))
    stage.at("far", "alice", Borrow(target="hub", token="usdc", amount=11_000.0))
    stage.at("far", "alice", Borrow(target="hub", token="usdc", amount=9_000.0))
    stage.arrive(1200.0)
    assert stage.balance("far", "alice") == pytest.approx(1e6 + 49_000.0)
    assert steps(stage).count("borrow borrow_cap") == 1


def test_interest_is_split_by_the_reserve_factor():
    stage = indebted(100_000.0, usdc={"reserve_factor": 0.2})
    (usdc,) = [one for one in stage.hub.listings if one.token == "usdc"]
    before, stamp = stage.hub.totals()["usdc"], stage.world.clock.now
    stage.world.clock.advance(stamp + 0.01 * YEAR)
    after = stage.hub.totals()["usdc"]
    interest = after["borrowed"] - before["borrowed"]
    assert interest == pytest.approx(before["borrowed"] * 0.1 * 0.01)
    assert stage.hub.grown(usdc)[2] == pytest.approx(0.2 * interest, rel=2e-3)
    assert after["supplied"] - before["supplied"] == pytest.approx(0.8 * interest, rel=2e-3)
    assert after["supply_rate"] == pytest.approx(0.1 * after["utilisation"] * 0.8)


def test_collateral_that_carries_a_debt_is_not_paid_out():
    stage = indebted()
    health = stage.hub.health_of(stage.hub.book.find(stage.account("alice")))
    spare = 100.0 * (1.0 - 1.0 / health)
    assert 5.0 < spare < 20.0
    assert stage.at("home", "alice", Withdraw(target="hub", token="eth", amount=spare * 1.01)).reason.startswith("health_factor_too_low")
    assert stage.at("home", "alice", Withdraw(target="hub", token="eth", amount=spare * 0.99)).ok


def test_messages_wait_while_their_bridge_is_halted():
    stage = TwoChains(bridge="lane")
    lane = BurnAndMint(stage.world, "lane", BurnAndMint.Params(home="home", token="tok", forms={"far": "tok_r"}))
    stage.world.add(lane)
    lane.halt(stage.world.clock.now + 4000.0)
    stage.at("far", "lender", Supply(target="hub", token="usdc", amount=1000.0))
    stage.arrive(3900.0)
    assert stage.hub.totals()["usdc"]["supplied"] == 0.0
    stage.arrive(200.0)
    assert stage.hub.totals()["usdc"]["supplied"] == pytest.approx(1000.0)


def test_an_ltv_above_the_threshold_is_refused():
    with pytest.raises(BadInput) as caught:
        Hub.Params.read({"spokes": {"home": {"assets": {"eth": {"ltv": 0.9, "liquidation_threshold": 0.8}}}}})
    assert "liquidation_threshold" in caught.value.faults[0].place
    stage = ready()
    assert govern(stage, **{"spokes.home.assets.eth.ltv": 0.81}).reason.startswith("invalid_parameters")
    assert stage.hub.params.spokes["home"].assets["eth"].ltv == 0.75


def both_spokes() -> TwoChains:
    """Dollars at home at 5 %, on the far chain at 50 %: 900,000 and 100,000 lent, 9,000 and 90,000 owed."""
    rates = {"kind": "fixed", "rate": 0.05}
    stage = TwoChains(
        home={"usdc": {"feed": "feed usdc", "rate": rates, "reserve_factor": 0.0}}, usdc={"rate": {"kind": "fixed", "rate": 0.5}}
    )
    stage.world.ledgers["home"].create("usdc", stage.account("lender"), 1e6, "outside")
    assert stage.at("home", "lender", Supply(target="hub", token="usdc", amount=900_000.0)).ok
    stage.lend(100_000.0)
    assert stage.at("home", "alice", Supply(target="hub", token="eth", amount=100.0)).ok
    assert stage.at("home", "alice", Borrow(target="hub", token="usdc", amount=9_000.0)).ok
    assert stage.at("far", "alice", Borrow(target="hub", token="usdc", amount=90_000.0)).ok
    stage.arrive(600.0)
    return stage


def test_totals_of_a_token_on_two_spokes_are_weighted_and_told_apart():
    hub = both_spokes().hub
    whole, home, far = (hub.totals_of(place) for place in ("usdc", "usdc@home", "usdc@far"))
    assert hub.places() == ("usdc@home", "usdc@far")
    assert (home["borrow_rate"], far["borrow_rate"]) == (0.05, 0.5)
    assert whole["borrow_rate"] == pytest.approx((9.0 * 0.05 + 90.0 * 0.5) / 99.0, rel=1e-4)
    assert whole["supply_rate"] == pytest.approx((9.0 * 0.05 + 90.0 * 0.5 * 0.9) / 1000.0, rel=1e-4)
    assert [place["utilisation"] for place in (whole, home, far)] == pytest.approx([0.099, 0.01, 0.9], rel=1e-4)
    assert hub.totals()["usdc"] == whole
    with pytest.raises(KeyError):
        hub.totals_of("usdc@nowhere")


def test_a_spoke_takes_a_liquidation_that_the_hub_may_refuse():
    """The spoke has not heard how alice stands: it takes the money, the hub finds her healthy and pays it back, two delays later."""
    stage = indebted()
    item = CrossLiquidate(stage.account("alice"), "usdc", "far", "eth", "home")
    assert stage.at("far", "liquidator", Take(target="hub", item=item, amount=50_000.0)).ok
    assert stage.balance("far", "liquidator") == 1e6 - 50_000.0
    stage.arrive(1199.0)
    assert stage.balance("far", "liquidator") == 1e6 - 50_000.0
    stage.arrive(1.0)
    assert stage.balance("far", "liquidator") == pytest.approx(1e6)
    assert "liquidate healthy" in steps(stage)
    nobody = replace(item, borrower=stage.account("bob"))
    assert stage.at("far", "liquidator", Take(target="hub", item=nobody, amount=50_000.0)).ok
    stage.arrive(1200.0)
    assert stage.balance("far", "liquidator") == pytest.approx(1e6)


def test_a_spoke_takes_a_liquidation_whose_row_falls_while_the_message_travels():
    stage = indebted()
    item = CrossLiquidate(stage.account("alice"), "usdc", "far", "eth", "home")
    stage.at("far", "liquidator", Take(target="hub", item=item, amount=50_000.0))
    stage.arrive(300.0)
    stage.post("eth", 1700.0)
    stage.arrive(900.0)
    assert stage.balance("home", "liquidator") == pytest.approx(1000.0 + 50_000.0 * 1.05 / 1700.0)


def test_who_is_overtaken_in_a_block_keeps_its_money():
    stage = indebted()
    stage.post("eth", 1700.0)
    offer = offer_of(stage)
    assert stage.at("far", "liquidator", offer.action(0.6 * offer.limit)).ok
    assert stage.at("far", "bob", offer.action(0.6 * offer.limit)).reason.startswith("overtaken")
    rest = offer_of(stage)
    assert rest.limit == pytest.approx(0.4 * offer.limit)
    assert not rest.deposit
    assert stage.at("far", "bob", rest.action(rest.limit)).ok


def test_a_liquidation_that_would_get_less_than_it_wants_is_paid_back():
    stage = indebted()
    stage.post("eth", 1700.0)
    offer = offer_of(stage)
    take = offer.action(50_000.0)
    wanted = offer.quote(50_000.0).received
    stage.at("far", "liquidator", replace(take, min_received=0.99 * wanted))
    stage.arrive(300.0)
    stage.post("eth", 1740.0)  # still below health 1, but a unit of collateral has become dearer
    stage.arrive(900.0)
    assert (stage.balance("home", "liquidator"), stage.balance("far", "liquidator")) == (1000.0, pytest.approx(1e6))
    assert "liquidate slippage" in steps(stage)
    stage.at("far", "liquidator", replace(offer_of(stage).action(50_000.0), min_received=0.97 * wanted))
    stage.arrive(1200.0)
    assert stage.balance("home", "liquidator") == pytest.approx(1000.0 + wanted * 1700.0 / 1740.0)


def test_what_is_cut_by_a_repayment_that_came_before_is_settled_at_its_price():
    """The half of the payment that is not needed comes back; what is settled gives what was wanted for it."""
    stage = indebted()
    stage.post("eth", 1600.0)
    offer = offer_of(stage)
    assert offer.limit == pytest.approx(140_000.0, rel=1e-3), "below .95 all of the debt"
    wanted = offer.quote(offer.limit).received
    stage.at("far", "alice", Repay(target="hub", token="usdc", amount=10_000.0))
    take = replace(offer_of(stage).action(ALL), amount=140_000.0, min_received=0.99 * wanted, terms=None)
    assert stage.at("far", "liquidator", take).ok
    stage.arrive(1200.0)
    received = stage.balance("home", "liquidator") - 1000.0
    paid = 1e6 - stage.balance("far", "liquidator")
    assert paid == pytest.approx(65_000.0, rel=1e-3), "half of what is left"
    assert received == pytest.approx(paid * 1.05 / 1600.0)


def test_without_a_delay_all_is_decided_in_the_transaction():
    stage = TwoChains(home={"usdc": {"feed": "feed usdc", "rate": FIXED}})
    for name in ("lender", "liquidator"):
        stage.world.ledgers["home"].create("usdc", stage.account(name), 1e6, "outside")
    stage.at("home", "lender", Supply(target="hub", token="usdc", amount=5e5))
    stage.at("home", "alice", Supply(target="hub", token="eth", amount=100.0))
    stage.at("home", "alice", Borrow(target="hub", token="usdc", amount=140_000.0))
    take = Take(target="hub", item=CrossLiquidate(stage.account("alice"), "usdc", "home", "eth", "home"), amount=50_000.0)
    assert stage.at("home", "liquidator", take).reason.startswith("healthy")
    stage.post("eth", 1700.0)
    received = 50_000.0 * 1.05 / 1700.0
    assert stage.at("home", "liquidator", replace(take, min_received=1.001 * received)).reason.startswith("slippage")
    assert stage.at("home", "liquidator", replace(take, min_received=0.999 * received)).results == (50_000.0,)
    assert stage.balance("home", "liquidator") == pytest.approx(1000.0 + received)


def test_collateral_that_is_lent_out_is_credited_and_can_be_withdrawn_later():
    stage = ready()
    stage.at("far", "bob", Supply(target="hub", token="usdc", amount=400_000.0))
    stage.arrive()
    assert stage.at("home", "bob", Borrow(target="hub", token="eth", amount=95.0)).ok
    stage.at("far", "alice", Borrow(target="hub", token="usdc", amount=140_000.0))
    stage.arrive(1200.0)
    stage.post("eth", 1700.0)
    offer = offer_of(stage)
    assert offer.deposit
    assert stage.at("far", "liquidator", offer.action(offer.limit)).ok
    stage.arrive()
    received = offer.quote(offer.limit).received
    assert stage.balance("home", "liquidator") == pytest.approx(1005.0, rel=1e-5)
    row = stage.hub.deposits_of(stage.account("liquidator"))
    assert row["eth"] == pytest.approx(received - 5.0, rel=1e-3)
    assert stage.at("home", "liquidator", Withdraw(target="hub", token="eth", amount=1.0)).reason.startswith("insufficient_liquidity")
    stage.at("home", "bob", Repay(target="hub", token="eth", amount=ALL))
    assert stage.at("home", "liquidator", Withdraw(target="hub", token="eth", amount=ALL)).ok
    assert stage.balance("home", "liquidator") == pytest.approx(1000.0 + received, rel=1e-4)


def test_a_repayment_of_all_leaves_nothing_and_brings_the_rest_back():
    stage = indebted()
    assert stage.at("far", "alice", Repay(target="hub", token="usdc", amount=ALL)).ok
    assert stage.balance("far", "alice") == 0.0
    stage.arrive(1200.0)
    assert stage.hub.debts_of(stage.account("alice")) == {}
    assert stage.balance("far", "alice") == pytest.approx(1e6, abs=5.0)
    assert math.isinf(stage.hub.health_of(stage.hub.book.find(stage.account("alice"))))


def test_what_could_be_withdrawn_is_what_is_there_and_has_not_been_asked_for():
    stage = indebted(140_000.0)
    lender, hub = stage.account("lender"), stage.hub
    assert hub.withdrawable(lender, "usdc@far") == pytest.approx(360_000.0, rel=1e-4)
    assert hub.withdrawable(stage.account("bob"), "usdc@far") == 0.0
    assert stage.at("far", "lender", Withdraw(target="hub", token="usdc", amount=1_000.0)).ok
    assert hub.withdrawable(lender, "usdc@far") == 0.0
    stage.arrive(600.0)
    assert hub.withdrawable(lender, "usdc@far") == pytest.approx(359_000.0, rel=1e-4)
