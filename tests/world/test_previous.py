"""An amount that is what the action before it settled."""

from model.core.actions import PREVIOUS, Transaction, Transfer
from model.core.clock import Clock
from model.core.draws import Draws
from model.ordering.base_fee import BaseFee
from model.world.chain import Chain, ChainParams
from model.world.world import World


def _world():
    world = World(Clock(0.0, 60.0), Draws(1))
    chain = Chain(world, "ethereum", ChainParams(), BaseFee(BaseFee.Params()))
    world.add_chain(chain)
    alice, bob = world.accounts.open("alice"), world.accounts.open("bob")
    chain.ledger.create("eth", alice, 10.0, "genesis")
    return chain, alice, bob


def test_it_moves_what_the_one_before_settled_and_no_more():
    chain, alice, bob = _world()
    first = Transfer(target="ethereum", token="eth", amount=2.5, to=bob)
    receipt = chain.execute(alice, Transaction((first, Transfer(target="ethereum", token="eth", amount=PREVIOUS, to=bob))), 0.0)
    assert receipt.ok
    assert receipt.results == (2.5, 2.5)
    assert chain.ledger.balance("eth", alice) == 5.0


def test_nothing_comes_before_the_first():
    chain, alice, bob = _world()
    receipt = chain.execute(alice, Transaction((Transfer(target="ethereum", token="eth", amount=PREVIOUS, to=bob),)), 0.0)
    assert receipt.status == "reverted"
    assert "invalid_amount" in receipt.reason
    assert chain.ledger.balance("eth", alice) == 10.0
