"""A timelock carries out at its second, and waits where its chain stands still."""

import pytest

from model.core.actions import Govern
from model.world.timelock import Aim, Timelock, TimelockParams
from tests.markets.small_pool import CHAIN, POOL, SmallPool

DELAY = 1_000.0


@pytest.fixture
def pool():
    pool = SmallPool()
    pool.lock = Timelock(pool.world, "lock", TimelockParams(chain=CHAIN, delay=DELAY, targets=(POOL,)))
    pool.world.add(pool.lock)
    pool.market.governors = (pool.lock.account,)
    return pool


def propose(pool, **changes):
    listed = tuple((place.replace("__", "."), value) for place, value in changes.items())
    assert pool.do("alice", Govern(target="lock", changes=listed, terms=Aim(POOL))).ok


def settle(pool, seconds):
    """Let time pass as the ecosystem does: settle when it is due, and at the end again, in vain."""
    end = pool.world.clock.now + seconds
    while (due := pool.lock.next_due()) <= end:
        pool.world.clock.advance(max(due, pool.world.clock.now))
        pool.lock.settle(pool.world.clock.now)
    pool.world.clock.advance(end)
    pool.lock.settle(end)


def frozen(pool):
    return pool.market.params.reserves["eth"].frozen


def test_it_is_carried_out_at_its_second(pool):
    propose(pool, reserves__eth__frozen=True)
    settle(pool, DELAY - 1.0)
    assert not frozen(pool)
    settle(pool, 2.0)
    assert frozen(pool)
    assert list(pool.world.events.frame("governance")["time"]) == [0.0, DELAY]


def test_nothing_is_carried_out_while_the_chain_is_halted_and_all_of_it_at_once_afterwards(pool):
    propose(pool, reserves__eth__frozen=True)
    pool.warp(500.0)
    propose(pool, reserves__eth__frozen=False, reserves__eth__ltv=0.5)
    pool.chain.halt(3_000.0)
    assert pool.lock.next_due() == 3_000.0
    settle(pool, 2_000.0)
    assert len(pool.lock.queue) == 2
    pool.lock.settle(2_500.0)
    assert len(pool.lock.queue) == 2
    assert not frozen(pool)
    settle(pool, 600.0)
    assert len(pool.lock.queue) == 0
    assert pool.market.params.reserves["eth"].ltv == 0.5
    done = pool.world.events.frame("governance")
    done = done[done["target"] == POOL]
    assert list(done["after"]) == ["True", "False", "0.5"]
    assert set(done["time"]) == {3_000.0}
