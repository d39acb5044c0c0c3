"""Transactions are all or nothing: a reverted one leaves no trace but gas and its event, whatever it tried."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from model.claims import Staked
from model.core.actions import (
    ALL,
    AddLiquidity,
    Borrow,
    Collect,
    Flash,
    Govern,
    Mint,
    Post,
    Redeem,
    RemoveLiquidity,
    Repay,
    Supply,
    Swap,
    Take,
    Transaction,
    Transfer,
    Withdraw,
)
from model.core.journal import Journal, Register, Table
from model.markets.pooled import EMode, Switch
from model.markets.pooled_liquidation import Liquidate, Receive
from model.venues import ConstantProduct
from model.world.claim import ClaimToken
from model.world.venue import TradingVenue
from tests.markets.small_pool import CHAIN, POOL, SmallPool

VENUE, CLAIM = "venue", "leth"
PEOPLE = ("lender", "alice", "bob", "liquidator")


def small_world() -> SmallPool:
    """A pool, a venue and a claim; alice is unhealthy, so that there is something to liquidate."""
    pool = SmallPool("aave_v3_3")
    world = pool.world
    claim = ClaimToken(world, CLAIM, CHAIN, Staked(Staked.Params(backing="eth")))
    world.add(claim)
    claim.open_backing(1000.0)
    world.add(TradingVenue(world, VENUE, CHAIN, ("eth", "usdc"), ConstantProduct(ConstantProduct.Params())))
    assert pool.do("lender", AddLiquidity(target=VENUE, amounts=(("eth", 100.0), ("usdc", 200_000.0)))).ok
    pool.supply("alice", "eth", 10.0)
    assert pool.borrow("alice", "usdc", 16_000.0).ok
    pool.price("eth", 1800.0)
    pool.warp(86400.0)
    pool.chain.fund_purses([pool.account(name) for name in PEOPLE], 1.0)
    return pool


def snapshot(pool: SmallPool) -> dict:
    """All state of the world by place, down to the last cell; rows and events that a revert may leave behind are cut off by zeros."""
    found: dict = {}
    world = pool.world
    for name, ledger in world.ledgers.items():
        _note(found, f"ledger.{name}", ledger, set())
    for name, target in world.targets.items():
        _note(found, f"target.{name}", target, set())
    for kind in world.events._rows:
        if kind != "reverts":
            found[f"events.{kind}"] = world.events.count(kind)
    return found


def _note(found: dict, place: str, value, seen: set) -> None:
    """Everything below ``value``: attributes of the model's objects, cells of tables, entries of registers."""
    if isinstance(value, Table):
        cells = value.data
        found[place] = {(int(column), int(row)): float(cells[column, row]) for column, row in np.argwhere(cells != 0.0)}
    elif isinstance(value, Register | dict):
        found[f"{place}.keys"] = [repr(key) for key in value]
        for key, item in value.items():
            _note(found, f"{place}[{key!r}]", item, seen)
    elif isinstance(value, list | tuple):
        found[f"{place}.size"] = len(value)
        for number, item in enumerate(value):
            _note(found, f"{place}[{number}]", item, seen)
    elif type(value).__module__.startswith("model.") and hasattr(value, "__dict__"):
        if id(value) in seen:
            return
        seen.add(id(value))
        for name, item in vars(value).items():
            if name not in PASSING:
                _note(found, f"{place}.{name}", item, seen)
    elif isinstance(value, np.ndarray):
        found[place] = value.tolist()
    else:
        found[place] = value if not isinstance(value, float) or not math.isnan(value) else "nan"


PASSING = frozenset(
    {
        "journal", "_journal", "_world", "world", "_accounts", "ledger", "touched", "_rows", "owners", "_spreads", "purses", "pending",
        "_readers", "_told", "_said", "_observed", "_owed", "_thresholds", "_stamps",
    }
)  # fmt: skip
"""Links to what is noted in its own place; rows opened for an account that has none; the chain's gas purses, of which fees are paid;
what was read in a state that is told by its number of writes."""

TOKENS = st.sampled_from(["eth", "usdc", "steth"])
AMOUNTS = st.one_of(st.floats(1e-9, 300.0), st.sampled_from([ALL, 0.0, -1.0, 1e12]))
ACCOUNTS = st.integers(1, 12)
ACTIONS = st.one_of(
    st.builds(Transfer, target=st.just(CHAIN), token=TOKENS, amount=AMOUNTS, to=ACCOUNTS),
    st.builds(Swap, target=st.just(VENUE), sell=st.sampled_from(["eth", "usdc"]), buy=st.sampled_from(["eth", "usdc"]), amount=AMOUNTS),
    st.builds(AddLiquidity, target=st.just(VENUE), amounts=st.just((("eth", 1.0), ("usdc", 2000.0)))),
    st.builds(RemoveLiquidity, target=st.just(VENUE), shares=AMOUNTS),
    st.builds(Supply, target=st.just(POOL), token=TOKENS, amount=AMOUNTS, terms=st.sampled_from([None, Switch(True), Switch(False)])),
    st.builds(Withdraw, target=st.just(POOL), token=TOKENS, amount=AMOUNTS),
    st.builds(Borrow, target=st.just(POOL), token=TOKENS, amount=AMOUNTS, terms=st.sampled_from([None, EMode("eth"), EMode("")])),
    st.builds(Repay, target=st.just(POOL), token=TOKENS, amount=AMOUNTS, borrower=st.one_of(st.none(), ACCOUNTS)),
    st.builds(
        Take,
        target=st.just(POOL),
        item=st.builds(Liquidate, borrower=ACCOUNTS, collateral=TOKENS, debt=TOKENS),
        amount=AMOUNTS,
        terms=st.builds(Receive, shares=st.booleans()),
    ),
    st.builds(Collect, target=st.just(POOL), item=TOKENS),
    st.builds(Mint, target=st.just(CLAIM), amount=AMOUNTS),
    st.builds(Redeem, target=st.just(CLAIM), amount=AMOUNTS),
    st.builds(Collect, target=st.just(CLAIM), item=st.integers(0, 3)),
    st.builds(Post, target=st.just("eth_usd"), value=st.floats(1.0, 4000.0)),
    st.builds(
        Govern,
        target=st.just(POOL),
        changes=st.sampled_from([(("reserves.usdc.rate.base", 0.5),), (("rules.close_factor", 0.9),), (("emodes.eth.bonus", 0.02),)]),
    ),
)
FLASHES = st.one_of(st.none(), st.builds(Flash, lender=st.just(POOL), token=TOKENS, amount=st.floats(1e-6, 2000.0)))
FAIL = Supply(target="nowhere", token="eth", amount=1.0)


def liquidation(pool: SmallPool) -> Take:
    """A liquidation that succeeds."""
    return Take(target=POOL, item=Liquidate(pool.account("alice"), "eth", "usdc"), amount=4000.0)


@settings(max_examples=120, deadline=None)
@given(sender=st.sampled_from(PEOPLE), actions=st.lists(ACTIONS, max_size=8), flash=FLASHES, works=st.booleans())
def test_a_reverted_transaction_leaves_no_trace(sender, actions, flash, works):
    pool = small_world()
    before = snapshot(pool)
    # A refused action ends a transaction early: those that work are put first, so that reverts have something to take back.
    if works:
        actions = [step for step in actions if pool.do(sender, step, FAIL).reason.startswith("no_such_target")]
        assert snapshot(pool) == before
    kept = (liquidation(pool), *actions) if sender == "liquidator" else tuple(actions)
    reverts = pool.world.events.count("reverts")
    receipt = pool.do(sender, *kept, FAIL, flash=flash)
    assert receipt.status == "reverted"
    assert pool.world.events.count("reverts") == reverts + 1
    assert snapshot(pool) == before
    assert not pool.world.journal.open


@settings(max_examples=60, deadline=None)
@given(sender=st.sampled_from(PEOPLE), actions=st.lists(ACTIONS, max_size=6), flash=FLASHES)
def test_whatever_happens_the_world_stays_closed(sender, actions, flash):
    pool = small_world()
    before = snapshot(pool)
    receipt = pool.do(sender, *actions, flash=flash)
    assert pool.sound(), [str(identity) for identity in pool.world.audit()]
    if not receipt.ok:
        assert snapshot(pool) == before
    else:
        assert len(receipt.results) == len(actions)


def test_the_snapshot_sees_every_kind_of_write():
    """The property above would hold of a snapshot that sees nothing."""
    for name, step in (
        ("bob", Swap(target=VENUE, sell="eth", buy="usdc", amount=1.0)),
        ("bob", Supply(target=POOL, token="eth", amount=1.0)),
        ("bob", Mint(target=CLAIM, amount=1.0)),
        ("bob", Post(target="eth_usd", value=1.0)),
        ("bob", Govern(target=POOL, changes=(("reserves.usdc.rate.base", 0.5),))),
        ("alice", Supply(target=POOL, token="eth", amount=0.0, terms=Switch(True))),
        ("lender", Borrow(target=POOL, token="eth", amount=0.0, terms=EMode("eth"))),
    ):
        pool = small_world()
        before = snapshot(pool)
        assert pool.do(name, step).ok
        assert snapshot(pool) != before, step.verb
    pool = small_world()
    before = snapshot(pool)
    assert pool.do("liquidator", liquidation(pool)).ok
    changed = {place for place, value in snapshot(pool).items() if before.get(place) != value}
    assert {"events.liquidations", "target.pool.reserves['usdc'].supply_index"} <= changed


def test_a_reverted_transaction_pays_its_gas_and_nothing_else():
    pool = small_world()
    alice = pool.account("alice")
    transaction = Transaction((Supply(target=POOL, token="eth", amount=1.0), FAIL))
    pool.chain.submit(alice, transaction, pool.world.clock.now)
    purse, before = pool.chain.purses.get(0, alice), pool.ledger.column("usdc")
    moment = pool.chain.next_time()
    pool.world.clock.advance(moment)
    pool.chain.open_block(moment)
    ((sender, receipt),) = pool.chain.fill(moment)
    assert (sender, receipt.status) == (alice, "reverted")
    assert receipt.fee > 0.0
    assert pool.chain.purses.get(0, alice) == purse - receipt.fee
    assert pool.supplied("alice", "eth") == 10.0
    np.testing.assert_array_equal(pool.ledger.column("usdc"), before)
    assert pool.sound()


def test_the_journal_restores_order_and_absence():
    journal = Journal()
    register: Register = Register(journal)
    table = Table(journal, 2, 3)
    register["a"], register["b"] = 1, 2
    journal.begin()
    del register["a"]
    register["c"] = 3
    register["b"] = 5
    table.put(0, 1, 4.0)
    table.add(0, 1, 1.0)
    table.grow(100)
    table.put(1, 99, 7.0)
    journal.revert()
    assert list(register.items()) == [("a", 1), ("b", 2)]
    assert not table.data.any()
