"""Tokens across chains with random bridges, delays, failures, halts, messages early, late, twice and out of order: nothing created, nothing
lost. The ecosystem of the stage audits every identity after each tick and fails at the first that does not hold; after each step the same
is told from the ledgers alone (``tests.bridges.backing``).
"""

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from model.bridges import BurnAndMint, Canonical, Liquidity, LockAndMint, Solvers
from model.core.actions import Bridge as Send
from model.core.actions import Govern
from model.world.mail import Lateness
from tests.bridges.backing import check_backing
from tests.bridges.stage import CHAINS, PEOPLE, Stage

RULES = st.sampled_from(["spread", "bridged", "chain", "insured"])
BACKED = st.fixed_dictionaries(
    {
        "delay": st.floats(0.0, 300.0),
        "delays": st.sampled_from([{}, {"home": 700.0}, {"right": 5.0}]),
        "finality": st.sampled_from([{}, {"left": 120.0, "home": 30.0}]),
        "fee": st.sampled_from([0.0, 0.003]),
        "flat_fee": st.sampled_from([0.0, 0.5, 150.0]),
        "paused": st.sampled_from([False, False, False, True]),
        "limit": st.sampled_from([None, 300.0]),
        "limit_refill": st.just(1e5),
        "over_limit": st.sampled_from(["refuse", "wait"]),
        "claimed": st.booleans(),
        "loss": RULES,
        "loss_chain": st.just("right"),
        "cover": st.sampled_from([0.0, 50.0]),
        "allocation_delay": st.sampled_from([None, 120.0]),
    }
)
POOLS = {"home": 400.0, "left": 300.0, "right": 200.0}
AMOUNTS = st.sampled_from([math.inf, 1e-6, 7.0, 120.0, 333.3])
RECIPIENTS = st.sampled_from([None, None, "alice", "bob", "outside", "bridge bridge0", "chain right", "chain left", -1, 10**6])
CHANGES = st.sampled_from(
    [
        ("paused", False), ("paused", True), ("loss", "spread"), ("loss", "insured"), ("cover", 80.0), ("fee", 0.1), ("flat_fee", 2.0),
        ("limit", 50.0), ("limit", None), ("claimed", True), ("finality.left", 600.0), ("delays.mars", 1.0), ("fee.x", 1.0),
        ("loss_chain", "left"), ("allocation_delay", 0.0),
    ]
)  # fmt: skip
WHO, WHERE, WHICH = st.sampled_from(PEOPLE), st.sampled_from(CHAINS), st.sampled_from(["bridge0", "bridge1"])
STEPS = st.one_of(
    st.tuples(st.just("send"), WHO, WHERE, WHERE, AMOUNTS, WHICH, RECIPIENTS),
    st.tuples(st.just("send"), WHO, WHERE, WHERE, AMOUNTS, WHICH, RECIPIENTS),
    st.tuples(st.just("deliver"), WHICH, st.integers(0, 8)),
    st.tuples(st.just("postpone"), WHICH, st.integers(0, 8), st.floats(1.0, 500.0)),
    st.tuples(st.just("disturb"), WHICH, st.floats(0.0, 200.0), st.floats(0.0, 200.0), st.sampled_from([0.0, 0.5, 1.0])),
    st.tuples(st.just("collect"), WHO, WHERE),
    st.tuples(st.just("govern"), WHICH, CHANGES),
    st.tuples(st.just("halt"), WHICH),
    st.tuples(st.just("halt_chain"), WHERE),
    st.tuples(st.just("drain"), WHICH, st.floats(0.0, 400.0)),
    st.tuples(st.just("mint"), WHICH, st.sampled_from(["left", "right"]), st.floats(0.0, 400.0)),
    st.tuples(st.just("allocate"), WHICH, RULES),
    st.tuples(st.just("wait"), st.sampled_from([60.0, 240.0])),
)


def act(stage: Stage, step: tuple) -> None:
    """One step; a failure that a kind cannot suffer is passed over."""
    verb, *rest = step
    world = stage.world
    if verb == "send":
        who, start, end, amount, bridge, to = rest
        recipient = world.accounts.of(to) if isinstance(to, str) else to
        sent = stage.do(who, start, Send(target=bridge, token=stage.tokens[start], amount=amount, to_chain=end, recipient=recipient))
        if recipient is not None and (recipient not in range(world.accounts.count) or recipient in world.target_accounts - {0}):
            assert not sent.ok
    elif verb in ("deliver", "postpone"):
        bridge = stage.bridges[rest[0]]
        numbers = list(bridge.messages)
        if verb == "deliver":
            number = rest[1] if rest[1] % 2 else (numbers[-1] if numbers else 0)
            bridge.deliver(number)
            bridge.deliver(number)
        elif numbers:
            bridge.postpone(numbers[rest[1] % len(numbers)], rest[2])
    elif verb == "disturb":
        stage.bridges[rest[0]].disturb(Lateness(world.draws["late"], *rest[1:]))
    elif verb == "collect":
        stage.collect(*rest)
    elif verb == "govern":
        stage.do("alice", "left", Govern(target=rest[0], changes=(rest[1],)))
    elif verb == "halt":
        stage.bridges[rest[0]].halt(world.clock.now + 180.0)
    elif verb == "halt_chain":
        stage.chains[rest[0]].halt(world.clock.now + 90.0)
    elif verb == "drain" and not isinstance(stage.bridges[rest[0]], BurnAndMint):
        stage.bridges[rest[0]].drain(rest[1], stage.people["thief"])
    elif verb == "mint" and isinstance(stage.bridges[rest[0]], LockAndMint | BurnAndMint):
        stage.bridges[rest[0]].mint_unbacked(rest[1], rest[2], stage.people["thief"])
    elif verb == "allocate" and isinstance(stage.bridges[rest[0]], LockAndMint):
        stage.bridges[rest[0]].allocate_loss(rest[1])
    elif verb == "wait":
        stage.wait(rest[0])
    assert world.audit() == [], step
    check_backing(world)


@settings(max_examples=60, deadline=None)
@given(BACKED, BACKED, st.booleans(), st.lists(STEPS, max_size=25))
def test_locked_backing_and_hole_equal_the_forms(first, second, claim, steps):
    second = {**second, "challenge_period": 600.0}
    kinds = ((LockAndMint, first),) if claim else ((LockAndMint, first), (Canonical, second))
    stage = Stage(*kinds, claim=claim)
    if claim:
        stage.bridges["bridge1"] = stage.bridges["bridge0"]
    for step in steps:
        act(stage, step)
    stage.wait(900)


@settings(max_examples=40, deadline=None)
@given(BACKED, st.sampled_from([Liquidity, Solvers, BurnAndMint]), st.lists(STEPS, max_size=25))
def test_pools_inventories_and_burned_tokens_add_up(slow, kind, steps):
    fast = {Liquidity: {"reserves": POOLS}, Solvers: {"via": "bridge1", "inventory": POOLS}, BurnAndMint: {}}[kind]
    stage = Stage((kind, fast), (BurnAndMint, {}) if kind is BurnAndMint else (Canonical, {**slow, "challenge_period": 600.0}))
    for bridge in stage.bridges.values():
        bridge.open_native()
    for step in steps:
        act(stage, step)
    stage.wait(900)


@settings(max_examples=30, deadline=None)
@given(BACKED.map(lambda given: {**given, "fee": 0.0, "flat_fee": 0.0, "limit": None, "claimed": False}), st.lists(STEPS, max_size=20))
def test_without_failures_everybody_keeps_what_they_have(params, steps):
    stage = Stage((LockAndMint, params))
    before = stage.total()
    for step in steps:
        if step[0] in ("send", "deliver", "postpone", "halt", "halt_chain", "wait"):
            act(stage, tuple("bridge0" if part == "bridge1" else part for part in step))
    stage.wait(3_000)
    assert not stage.bridge.messages
    assert abs(stage.total() - before) < 1e-9 * before
    everybody = {**stage.people, "outside": 0}
    held = sum(stage.ledgers[chain].balance(stage.tokens[chain], account) for account in everybody.values() for chain in CHAINS)
    assert abs(held - before) < 1e-9 * before
