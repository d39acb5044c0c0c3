import pytest

from model.claims import FixedMaturity, PoolShare, Synthetic, TokenisedRealWorld
from model.core.actions import ALL, Govern, Transfer
from model.core.units import DAY, YEAR
from model.world.claim import look_through_usd
from tests.world.claims import Nest


def reason(receipt):
    return receipt.reason.partition(":")[0]


def test_claims_stand_on_claims_down_to_a_native_token():
    nest = Nest()
    nest.world.board.fix("eth", 2_000.0)
    assert nest.rseth.stands_on() == {"wsteth": pytest.approx(0.8)}
    assert look_through_usd(nest.world, "rseth") == pytest.approx(0.8 * 1.25 * 2_000.0)
    with pytest.raises(LookupError):
        look_through_usd(nest.world, "gold")


def test_a_wrapped_rebasing_token_rises_by_itself():
    nest = Nest({"yield_per_year": 0.0365})
    nest.pass_time(DAY)
    nest.steth.accrue()
    assert nest.held("alice", "steth") == pytest.approx(100.01)
    assert nest.wsteth.price_of_one() == pytest.approx(1.25 * 1.0001)
    assert nest.held("alice", "wsteth") == 100.0
    assert nest.wsteth.yield_per_year() == pytest.approx(0.0365)
    assert nest.world.audit() == []


def test_rewards_in_a_claim_come_from_its_holders_outside_and_leave_its_backing_alone():
    nest = Nest(restaked={"yield_per_year": 0.1})
    nest.pass_time(YEAR)
    supply, backing = nest.ledger.supply("wsteth"), nest.wsteth.backing()
    nest.rseth.accrue()
    assert nest.rseth.price_of_one() == pytest.approx(0.88)
    assert (nest.ledger.supply("wsteth"), nest.wsteth.backing()) == (supply, backing)
    assert nest.world.audit() == []


def test_an_impairment_travels_up_to_all_that_stands_on_it():
    nest = Nest()
    nest.world.board.fix("eth", 1.0)
    before = look_through_usd(nest.world, "rseth")
    assert nest.steth.impair_share(0.1) == pytest.approx(10_000.0)
    assert nest.held("alice", "steth") == pytest.approx(90.0), "balances of the rebasing claim fall"
    assert nest.wsteth.price_of_one() == pytest.approx(1.125), "the rate of its wrapper falls"
    assert nest.rseth.price_of_one() == pytest.approx(0.8), "what stands on the wrapper keeps its rate and loses its value"
    assert look_through_usd(nest.world, "rseth") == pytest.approx(0.9 * before)
    assert [claim.impaired for claim in (nest.steth, nest.wsteth, nest.rseth)] == [pytest.approx(0.1)] * 3
    assert nest.world.audit() == []


def test_slashing_of_a_restaked_claim_leaves_what_it_stands_on_whole():
    nest = Nest()
    nest.rseth.impair(400.0)
    assert nest.rseth.price_of_one() == pytest.approx(0.72)
    assert nest.wsteth.price_of_one() == pytest.approx(1.25)
    assert (nest.wsteth.impaired, nest.rseth.impaired) == (0.0, pytest.approx(0.1))
    assert nest.world.audit() == []


def test_the_ladder_up_and_down_in_one_transaction_returns_what_went_in():
    nest = Nest(restaked={"escrow_delay": 0.0}, buffer=1_000.0)
    assert nest.mint("alice", "steth", ALL).results == (100.0,)
    assert nest.held("alice", "eth") == 0.0
    assert nest.mint("alice", "wsteth", 100.0).results == (pytest.approx(80.0),)
    assert nest.mint("alice", "rseth", 80.0).results == (pytest.approx(100.0),)
    assert nest.redeem("alice", "rseth", 100.0).results == (pytest.approx(80.0),)
    assert nest.redeem("alice", "wsteth", 80.0).results == (pytest.approx(100.0),)
    assert nest.held("alice", "steth") == pytest.approx(200.0)


def test_the_buffer_pays_at_once_and_the_rest_waits_in_the_line():
    nest = Nest(restaked={"escrow_delay": DAY}, buffer=30.0)
    assert nest.rseth.wait(25.0) == 0.0
    assert nest.redeem("alice", "rseth", 100.0).results == (pytest.approx(80.0),)
    assert nest.held("alice", "wsteth") == pytest.approx(130.0)
    assert nest.rseth.queued == pytest.approx(50.0)
    assert nest.rseth.buffer == 0.0
    assert list(nest.rseth.waiting(nest.people["alice"]).values()) == [DAY], "escrow alone: what it stands on has a queue of its own"
    assert nest.rseth.price_of_one() == pytest.approx(0.8), "what is owed stands behind no token"
    nest.mint("alice", "rseth", 10.0)
    assert nest.rseth.buffer == pytest.approx(10.0), "mints fill it up"
    assert reason(nest.collect("alice", "rseth")) == "nothing_due"
    nest.pass_time(DAY)
    assert nest.collect("alice", "rseth").results == (pytest.approx(50.0),)


def test_the_operator_may_pause_the_way_out():
    nest = Nest(buffer=1_000.0)
    nest.rseth.governors = (nest.people["bob"],)
    pause = Govern(target="rseth", changes=(("paused", True),))
    assert reason(nest.do("alice", pause)) == "not_a_governor"
    assert nest.do("bob", pause).ok
    assert reason(nest.redeem("alice", "rseth", 1.0)) == "closed"
    assert nest.rseth.wait(1.0) is None
    assert reason(nest.do("bob", Govern(target="rseth", changes=(("backing", "eth"),)))) == "invalid_parameters"
    assert reason(nest.do("bob", Govern(target="rseth", changes=(("correlation", 7.0),)))) == "invalid_parameters"


def test_a_fixed_maturity_is_bought_below_par_and_paid_at_par():
    nest = Nest()
    nest.place("pt", FixedMaturity(FixedMaturity.Params(backing="wsteth", maturity=YEAR / 2, discount_per_year=0.1)), 1_000.0)
    assert nest.mint("alice", "pt", 95.0).results == (pytest.approx(100.0),)
    assert reason(nest.redeem("alice", "pt", 1.0)) == "closed"
    nest.pass_time(YEAR / 2)
    assert nest.redeem("alice", "pt", ALL).results == (pytest.approx(100.0),)
    assert reason(nest.mint("alice", "pt", 1.0)) == "closed"


def test_a_fund_share_goes_to_the_admitted_alone_and_is_paid_days_later():
    nest = Nest()
    params = TokenisedRealWorld.Params(backing="usd", admitted=["alice"], settlement_days=2, first_window=0.0)
    nest.place("tbill", TokenisedRealWorld(params), 1_000.0)
    nest.give("alice", usd=500.0)
    nest.give("bob", usd=500.0)
    assert nest.mint("alice", "tbill", 100.0).ok
    assert reason(nest.mint("bob", "tbill", 100.0)) == "not_admitted"
    to_bob = Transfer(target="here", token="tbill", amount=1.0, to=nest.people["bob"])
    assert reason(nest.do("alice", to_bob)) == "not_admitted"
    assert nest.held("alice", "tbill") == 100.0
    assert nest.redeem("alice", "tbill", 50.0).ok
    (due,) = nest.world.targets["tbill"].waiting(nest.people["alice"]).values()
    assert due == 4 * DAY, "1 January 1970 was a Thursday: dealing then, paid on Monday"


def test_a_pool_share_is_minted_in_proportion_and_pays_each_token():
    nest = Nest()
    nest.world.board.fix("eth", 2_000.0)
    share = nest.place("lp", PoolShare(PoolShare.Params(tokens=["wsteth", "eth"])), 100.0)
    assert share.price_of_one() == pytest.approx(1.0 + 1.0 / 1.25), "the second token at its look-through value"
    assert nest.mint("alice", "lp", 10.0).results == (pytest.approx(10.0),)
    assert (nest.held("alice", "wsteth"), nest.held("alice", "eth")) == (pytest.approx(90.0), pytest.approx(90.0))
    assert nest.redeem("alice", "lp", ALL).ok
    assert (nest.held("alice", "wsteth"), nest.held("alice", "eth")) == (pytest.approx(100.0), pytest.approx(100.0))


def test_a_synthetic_is_minted_across_chains_and_arrives_with_the_message():
    nest = Nest()
    nest.world.board.fix("eth", 2_000.0)
    params = Synthetic.Params(backing="steth", collateral_ratio=1.25, message_delay=600.0)
    note = nest.place("note", Synthetic(params), 1_000_000.0, chain="there", home="here")
    assert note.backing() == pytest.approx(625.0), "it opens at its ratio"
    assert reason(nest.mint("alice", "note", 10.0, chain="there")) == "not_here"
    assert nest.mint("alice", "note", 10.0).results == (pytest.approx(20_000.0),)
    assert nest.held("alice", "note", "there") == 0.0
    nest.pass_time(600.0)
    assert nest.collect("alice", "note", chain="there").results == (pytest.approx(20_000.0),)
    assert nest.redeem("alice", "note", 2_000.0, chain="there").results == (pytest.approx(1.0),)
    assert reason(nest.collect("alice", "note")) == "nothing_due"
    nest.pass_time(600.0)
    assert nest.collect("alice", "note").results == (pytest.approx(1.0),)
    assert nest.held("alice", "steth") == pytest.approx(91.0)
    assert note.backing() == pytest.approx(1.25 * 1_018_000.0 / 2_000.0), "the minting vault has added and taken back its part"


def test_minting_and_redeeming_a_synthetic_gives_nothing_away():
    nest = Nest()
    nest.world.board.fix("eth", 2_000.0)
    note = nest.place("note", Synthetic(Synthetic.Params(backing="steth", collateral_ratio=1.5, message_delay=0.0)), 1_000_000.0)
    nest.give("bob", steth=3.0)
    assert nest.mint("bob", "note", 3.0).results == (pytest.approx(6_000.0),)
    assert nest.mechanism_coverage(note) == pytest.approx(1.5)
    assert nest.redeem("bob", "note", ALL).results == (pytest.approx(3.0),)
    assert nest.held("bob", "steth") == pytest.approx(3.0)
    assert nest.mechanism_coverage(note) == pytest.approx(1.5)
    nest.world.board.fix("eth", 1_600.0)
    nest.give("alice", note=200_000.0)
    paid = nest.redeem("alice", "note", ALL).results[0]
    assert paid == pytest.approx(125.0), "at par while it is covered, though below the ratio"
    assert nest.mechanism_coverage(note) == pytest.approx((750.0 - 125.0) * 1_600.0 / 800_000.0)


def test_a_synthetic_whose_collateral_is_gone_is_not_minted():
    nest = Nest()
    nest.world.board.fix("eth", 2_000.0)
    nest.place("note", Synthetic(Synthetic.Params(backing="steth")), 1_000_000.0)
    nest.world.board.fix("eth", 1_000.0)
    assert reason(nest.mint("alice", "note", 1.0)) == "no_backing"
    assert nest.redeem("alice", "note", ALL).reason, "nobody has any"
