"""What happens to claims by themselves: defaults, dealing windows, slashing by services, maturity."""

from __future__ import annotations

import math

import pytest

from model.claims import FixedMaturity, Restaked, Staked, TokenisedRealWorld
from model.core.actions import ALL
from model.core.draws import Draws
from model.core.errors import Refused
from model.core.units import DAY, YEAR
from model.quantities import read
from model.upkeep import Upkeep
from model.world.claim import look_through_usd
from tests.world.claims import Nest

FUND = {"backing": "usd", "business_days": False, "yield_per_year": 0.365}


def live(nest, seconds):
    """Let time pass and everything happen that happens by itself, each at its own moment."""
    upkeep, end = Upkeep(nest.world), nest.world.clock.now + seconds
    while (moment := upkeep.next_accrual()) <= end:
        nest.world.clock.advance(max(moment, nest.world.clock.now))
        upkeep.accrue_claims()
    nest.world.clock.advance(end)
    assert nest.world.audit() == []


def fund(nest, **params):
    claim = nest.place("tbill", TokenisedRealWorld(TokenisedRealWorld.Params(**FUND, **params)), 1_000.0)
    nest.give("alice", tbill=500.0)
    return claim


def test_an_issuer_earns_until_its_default_and_then_falls_to_what_is_recovered():
    nest = Nest()
    tbill = fund(nest, defaulted_at=10.5 * DAY, recovery=0.4, recovery_delay=100 * DAY, settlement_days=5)
    live(nest, 9 * DAY)
    assert tbill.price_of_one() == pytest.approx(1.001**9)
    assert nest.redeem("alice", "tbill", 100.0).results == (pytest.approx(100.0 * 1.001**9),)
    live(nest, DAY)
    assert nest.redeem("alice", "tbill", 100.0).ok
    owed = tbill.queued
    live(nest, 5 * DAY)
    last = 1.001**10 * 1.0005
    assert tbill.price_of_one() == pytest.approx(0.4 * last)
    assert tbill.yield_per_year() == 0.0
    assert read(nest.world, "impairment:tbill") == pytest.approx(0.6)
    assert tbill.queued == pytest.approx(0.4 * owed), "who had not been paid is owed the recovery"
    assert {tbill.line.due(number) for number in tbill.line.requests} == {110.5 * DAY}
    assert nest.mint("alice", "tbill", 1.0).reason.startswith("closed")
    assert nest.redeem("alice", "tbill", ALL).results == (pytest.approx(300.0 * 0.4 * last),)
    live(nest, 95.5 * DAY)
    assert nest.collect("alice", "tbill").results == (pytest.approx(0.4 * owed + 300.0 * 0.4 * last),)
    steps = [row["step"] for row in nest.world.events.since("redemptions", 0)]
    assert steps.count("written_down") == 2


def test_a_default_takes_its_share_of_each_request_once_and_what_is_recovered_bears_later_losses():
    nest = Nest()
    tbill = fund(nest, recovery=0.4, recovery_delay=100 * DAY, settlement_days=5)
    nest.redeem("alice", "tbill", 100.0)
    live(nest, 2 * DAY)
    nest.redeem("alice", "tbill", 200.0)
    rate = 1.001**2
    tbill.default()
    owed = [tbill.line.tokens(request)[0] for request in tbill.line.requests.values()]
    assert owed == [pytest.approx(40.0, rel=1e-12), pytest.approx(80.0 * rate, rel=1e-12)], "each 40 % of what it was owed, at its own rate"
    assert tbill.backing() == pytest.approx(0.4 * 700.0 * rate, rel=1e-12)
    assert tbill.impaired == pytest.approx(0.6, rel=1e-12)
    before = tbill.backing() + sum(owed)
    assert tbill.impair_share(0.5) == pytest.approx(before * 0.5 * 0.6), "what is not recovered of half of all that is left"
    left = tbill.price_of_one()
    assert [tbill.line.tokens(request)[0] for request in tbill.line.requests.values()] == [
        pytest.approx(100.0 * left), pytest.approx(200.0 * left)
    ]  # fmt: skip
    assert left * 1_000.0 == pytest.approx(before * 0.7)
    live(nest, 100 * DAY)
    assert nest.collect("alice", "tbill").results == (pytest.approx(300.0 * left),)


def test_services_slash_what_is_in_escrow_with_what_stays_and_the_loss_is_counted_once():
    nest = Nest(restaked={"services": SERVICES, "yield_per_year": 0.0, "escrow_delay": 13.5 * DAY})
    nest.redeem("alice", "rseth", 100.0)
    assert nest.rseth.slash_service("data", 0.4) == pytest.approx(0.2 * 4_000.0), "80 of 4,000 are in escrow"
    assert nest.rseth.price_of_one() == pytest.approx(0.8 * 0.8)
    assert nest.rseth.impaired == pytest.approx(0.2)
    assert nest.rseth.queued == pytest.approx(80.0 * 0.8)
    live(nest, 13.5 * DAY)
    assert nest.rseth.whole < 0.8 * 0.9, "at accruals too"
    assert nest.rseth.price_of_one() == pytest.approx(0.8 * nest.rseth.whole)
    safe = nest.rseth.queued
    assert safe == pytest.approx(100.0 * nest.rseth.price_of_one())
    live(nest, 10 * DAY)
    assert nest.rseth.price_of_one() == pytest.approx(0.8 * nest.rseth.whole)
    assert 100.0 * nest.rseth.price_of_one() < 0.9 * safe, "who stays bears what comes after the escrow alone"
    assert nest.rseth.queued == safe


def test_a_slashed_stake_is_lost_to_its_leavers_and_to_claims_above_each_by_its_own_units():
    nest = Nest({"yield_per_year": 0.0})
    nest.redeem("alice", "steth", 50.0)
    nest.redeem("alice", "rseth", 100.0)
    nest.steth.impair_share(0.1)
    assert [claim.impaired for claim in (nest.steth, nest.wsteth, nest.rseth)] == [pytest.approx(0.1)] * 3
    assert nest.steth.queued == pytest.approx(45.0)
    assert nest.rseth.queued == pytest.approx(80.0), "it is owed wrapped tokens, each of which is worth less"
    assert nest.world.audit() == []


def test_what_was_due_before_the_default_is_paid_in_full():
    nest = Nest()
    tbill = fund(nest, defaulted_at=5 * DAY, settlement_days=1)
    nest.redeem("alice", "tbill", 100.0)
    live(nest, 6 * DAY)
    assert nest.collect("alice", "tbill").results == (pytest.approx(100.0),)
    assert tbill.turned


def test_a_default_without_a_date_strikes_once():
    nest = Nest()
    tbill = fund(nest, recovery=0.5)
    live(nest, 1.5 * DAY)
    tbill.default()
    tbill.default()
    assert tbill.price_of_one() == pytest.approx(0.5 * 1.001 * 1.0005)
    assert tbill.impaired == pytest.approx(0.5)
    live(nest, 10 * DAY)
    assert tbill.price_of_one() == pytest.approx(0.5 * 1.001 * 1.0005)
    with pytest.raises(Refused, match="not_possible"):
        nest.steth.default()


def test_windows_count_what_they_deal_and_not_what_only_settles():
    nest = Nest()
    tbill = fund(nest, window_limit=100.0, settlement_days=5)
    tbill.mechanism = TokenisedRealWorld(tbill.mechanism.params.replaced(yield_per_year=0.0))
    for _ in range(4):
        assert nest.redeem("alice", "tbill", 100.0).ok
        live(nest, DAY)
    assert [tbill.line.due(number) / DAY for number in tbill.line.requests] == [5.0, 6.0, 7.0, 8.0]


def test_a_large_redemption_is_spread_over_windows_and_quoted_to_its_last_part():
    nest = Nest()
    tbill = fund(nest, window_limit=100.0, settlement_days=1)
    assert tbill.wait(250.0) == 3 * DAY
    nest.redeem("alice", "tbill", 250.0)
    parts = [(tbill.line.tokens(request)[0], tbill.line.due(number) / DAY) for number, request in tbill.line.requests.items()]
    assert parts == [(pytest.approx(100.0), 1.0), (pytest.approx(100.0), 2.0), (pytest.approx(50.0), 3.0)]
    assert tbill.wait(60.0) == 4 * DAY, "fifty find room in the third window, ten in the fourth"
    assert tbill.queued == pytest.approx(250.0)


SERVICES = {
    "data": {"allocation": 0.5, "severity": 0.2, "events_per_year": 365.0},
    "oracle": {"allocation": 0.3, "severity": 0.1, "events_per_year": 365.0},
}


def strikes(days, seed=1, **params):
    nest = Nest(restaked={"services": SERVICES, "yield_per_year": 0.0, **params})
    nest.world.draws = Draws(seed)
    live(nest, days * DAY)
    rows = nest.world.events.since("claims", 0)
    return nest, [(row["time"] / DAY, row["step"]) for row in rows if row["step"].startswith("slashed")]


def test_services_slash_in_a_run_as_often_as_they_should_and_together():
    nest, found = strikes(400)
    chance = 1.0 - math.exp(-1.0)
    by_day = {name: {time for time, step in found if step == f"slashed by {name}"} for name in SERVICES}
    assert [len(days) / 400 for days in by_day.values()] == [pytest.approx(chance, abs=0.06)] * 2
    whole = 1.0
    for day in sorted(by_day["data"] | by_day["oracle"]):
        whole *= 1.0 - 0.1 * (day in by_day["data"]) - 0.03 * (day in by_day["oracle"])
    assert nest.rseth.whole == pytest.approx(whole)
    assert nest.rseth.price_of_one() == pytest.approx(0.8 * whole)
    assert nest.wsteth.impaired == 0.0
    _, apart = strikes(400, correlation=0.0)
    _, tied = strikes(400, correlation=0.9)
    together = [400 * 2 - len({day for day, _ in one}) - (800 - len(one)) for one in (apart, tied)]
    assert together[0] / 400 == pytest.approx(chance**2, abs=0.06)
    assert together[1] / 400 > 0.5


def test_strikes_are_common_random_numbers():
    assert strikes(30)[1] == strikes(30)[1]
    assert strikes(30)[1] != strikes(30, seed=2)[1]
    _, alone = strikes(30, services={"data": SERVICES["data"]})
    assert alone == [(day, step) for day, step in strikes(30)[1] if step == "slashed by data"]


def test_one_service_slashes_its_allocation():
    nest = Nest(restaked={"services": SERVICES})
    assert nest.rseth.slash_service("data", 0.4) == pytest.approx(0.5 * 0.4 * 4_000.0)
    assert nest.rseth.impaired == pytest.approx(0.2)
    with pytest.raises(Refused, match="invalid_amount"):
        nest.rseth.slash_service("other", 0.4)
    with pytest.raises(Refused, match="not_possible"):
        nest.steth.slash_service("data", 0.4)


def test_the_value_of_a_claim_runs_to_par_and_its_yield_to_the_other_side():
    nest = Nest({"yield_per_year": 0.0365})
    nest.world.board.fix("eth", 2_000.0)
    pt = nest.place("pt", FixedMaturity(FixedMaturity.Params(backing="steth", maturity=0.5 * YEAR, discount_per_year=0.1)), 1_000.0)
    nest.give("alice", pt=1_000.0)
    assert pt.price_of_one() == pytest.approx(0.95)
    assert pt.observe("")[0] == pytest.approx(0.95)
    assert pt.yield_per_year() == pytest.approx(0.1 / 0.95)
    outside = nest.ledger.balance("steth", 0)
    live(nest, 0.25 * YEAR)
    assert pt.price_of_one() == pytest.approx(0.975)
    grown = nest.steth.world.ledgers["here"].scale("steth")
    assert pt.backing() == pytest.approx(1_000.0, rel=1e-3), "rewards leave day by day"
    assert nest.ledger.balance("steth", 0) > outside * grown + 0.9 * 1_000.0 * (grown - 1.0)
    live(nest, 0.25 * YEAR)
    assert [row["time"] for row in nest.world.events.since("claims", 0) if row["step"] == "maturity"] == [0.5 * YEAR]
    assert pt.price_of_one() == 1.0
    assert look_through_usd(nest.world, "pt") == pytest.approx(2_000.0)
    assert nest.redeem("alice", "pt", ALL).results == (pytest.approx(1_000.0),)
    assert nest.ledger.balance("steth", pt.account) == 0.0, "nothing is stranded"


def test_rewards_of_a_slashed_backing_make_par_whole_before_they_leave():
    nest = Nest({"yield_per_year": 0.0365})
    pt = nest.place("pt", FixedMaturity(FixedMaturity.Params(backing="steth", maturity=YEAR, discount_per_year=0.0)), 1_000.0)
    nest.steth.impair_share(0.001)
    assert pt.impaired == pytest.approx(0.001)
    live(nest, 5 * DAY)
    assert pt.price_of_one() == pytest.approx(0.9995, rel=1e-5)
    live(nest, 20 * DAY)
    assert pt.price_of_one() == 1.0


def test_a_claim_that_rebases_on_one_that_rebases_follows_at_once():
    nest = Nest({"yield_per_year": 0.0365})
    nest.place("more", Staked(Staked.Params(backing="steth", yield_per_year=0.0)), 1_000.0)
    live(nest, DAY)
    assert nest.ledger.supply("more") == pytest.approx(1_000.1)
    nest.steth.impair_share(0.5)
    assert nest.ledger.supply("more") == pytest.approx(500.05)
    assert nest.world.audit() == []


def test_without_events_a_service_is_never_drawn_for():
    claim = Restaked(Restaked.Params(services={"data": {"allocation": 0.5}}))
    assert claim.strikes(lambda name: pytest.fail(name), DAY) == []
