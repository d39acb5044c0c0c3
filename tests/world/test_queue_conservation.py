"""Redemptions, slashes, rebases, collects, pauses and changes of the churn in any order: nothing is created, nothing is lost."""

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from model.claims import Restaked, Staked
from model.core.actions import Collect, Govern, Mint, Redeem
from model.core.units import DAY
from tests.world.claims import PEOPLE, Nest

SLASHED = ("steth", "rseth", "lst", "lrt", "lrt_steth")
CLAIMS = ("steth", "wsteth", "rseth", "lst", "lrt", "lrt_steth")
STEPS = st.one_of(
    st.tuples(st.just("redeem"), st.sampled_from(PEOPLE), st.sampled_from(CLAIMS), st.floats(1e-6, 1.0)),
    st.tuples(st.just("mint"), st.sampled_from(PEOPLE), st.sampled_from(CLAIMS), st.floats(1e-6, 1.0)),
    st.tuples(st.just("collect"), st.sampled_from(PEOPLE), st.sampled_from(CLAIMS), st.just(0.0)),
    st.tuples(st.just("slash"), st.just(""), st.sampled_from(SLASHED), st.sampled_from((0.01, 0.5, 1.0))),
    st.tuples(st.just("accrue"), st.just(""), st.sampled_from(CLAIMS), st.just(0.0)),
    st.tuples(st.just("wait"), st.just(""), st.just(""), st.floats(0.0, 20.0)),
    st.tuples(st.just("pause"), st.just(""), st.sampled_from(("rseth", "lrt", "lrt_steth")), st.sampled_from((0.0, 1.0))),
    st.tuples(st.just("churn"), st.just(""), st.sampled_from(("steth", "lst", "lrt")), st.floats(10.0, 1e5)),
)


def nest():
    quick = {"withdrawable_delay": 3_600.0, "sweep_delay": 0.0}
    made = Nest({"yield_per_year": 1.0, "others_queued": 30_000.0, "others_per_day": 500.0}, {"escrow_delay": 2 * DAY}, buffer=100.0)
    made.place("lst", Staked(Staked.Params(rebases=False, **quick)), 3_000.0, 1.1)
    made.place("lrt", Restaked(Restaked.Params(escrow_delay=7 * DAY, losses_until="finalised", **quick)), 3_000.0, 0.9, 50.0)
    made.place("lrt_steth", Restaked(Restaked.Params(backing="steth", escrow_delay=7 * DAY, **quick)), 3_000.0)
    for who in PEOPLE:
        made.give(who, eth=1_000.0, steth=1_000.0, wsteth=900.0, rseth=900.0, lst=1_000.0, lrt=1_000.0, lrt_steth=1_000.0)
    return made


def apply(made, step, who, claim, value):
    """One step; ``Nest.do`` audits every transaction."""
    target = made.world.targets.get(claim)
    if step == "redeem":
        made.do(who, Redeem(target=claim, amount=value * made.held(who, claim)))
    elif step == "mint":
        made.do(who, Mint(target=claim, amount=value * made.held(who, target.backing_token)))
    elif step == "collect":
        made.do(who, Collect(target=claim))
    elif step == "slash":
        target.impair_share(value)
    elif step == "accrue":
        target.accrue()
    elif step == "wait":
        made.pass_time(value * DAY)
    elif step == "pause":
        made.do("alice", Govern(target=claim, changes=(("paused", bool(value)),)))
    elif step == "churn":
        made.do("alice", Govern(target=claim, changes=(("churn_per_day", value),)))


@given(st.lists(STEPS, max_size=40))
@settings(max_examples=80, deadline=None)
def test_whatever_happens_to_what_is_leaving_nothing_is_created_or_lost(steps):
    made = nest()
    dues = {}
    for step in steps:
        apply(made, *step)
        assert made.world.audit() == [], step
        now = made.world.clock.now
        for name in CLAIMS:
            claim = made.world.targets[name]
            assert claim.backing() >= 0.0
            assert 0.0 <= claim.price_of_one() < math.inf
            for number, request in claim.line.requests.items():
                assert all(0.0 <= part <= most for part, most in zip(request.owed, request.most, strict=True))
                due = claim.line.due(number)
                assert due >= request.escrowed
                if number in dues and dues[number] <= now:
                    assert due == dues[number], "who was ready stays ready"
                dues[number] = due
    everybody_leaves(made)


def everybody_leaves(made):
    """In the end each request is paid what it was owed."""
    made.pass_time(10_000 * DAY)
    for name in CLAIMS:
        claim = made.world.targets[name]
        for who in PEOPLE:
            mine = [request for request in claim.line.requests.values() if request.account == made.people[who]]
            if mine:
                owed = sum(claim.line.tokens(request)[0] for request in mine)
                before = made.held(who, claim.backing_token)
                assert made.collect(who, name).ok
                assert abs(made.held(who, claim.backing_token) - before - owed) <= 1e-9 * (before + owed)
    assert all(not claim.line.requests for claim in (made.world.targets[name] for name in CLAIMS))
    queue = made.world.exit_queue("here", "eth")
    assert not queue.places
    assert not queue.coming
