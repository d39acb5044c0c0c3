"""The hub: collateral on one chain backs debt on another, and messages neither create nor lose value, whatever their order."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.core.actions import ALL, Borrow, Govern, Repay, Supply, Take, Transaction, Withdraw
from model.markets import Hub
from model.ordering import BaseFee
from model.world.chain import Chain, ChainParams
from model.world.mail import Lateness
from tests.markets.stage import Stage, agree

FIXED = {"kind": "fixed", "rate": 0.1}
NAMES = ("alice", "bob", "lender", "liquidator")
ENDOWED = {"home": ("eth", 1_000.0), "far": ("usdc", 1e6)}


class TwoChains(Stage):
    """A hub at ``home`` (no delay) with a spoke ``far`` (600 s): eth at home backs usdc there. Terms of both, and more tokens at home, can
    be laid over.
    """

    def __init__(self, eth: dict | None = None, usdc: dict | None = None, home: dict | None = None, **spoke: object) -> None:
        super().__init__(eth=2000.0, usdc=1.0)
        world = self.world
        for name in ("home", "far"):
            world.open_ledger(name)
            world.add_chain(Chain(world, name, ChainParams(), BaseFee(BaseFee.Params())))
        assets = {"eth": {"feed": "feed eth", "ltv": 0.75, "liquidation_threshold": 0.8, "rate": FIXED, **(eth or {})}, **(home or {})}
        far = {"usdc": {"feed": "feed usdc", "ltv": 0.7, "liquidation_threshold": 0.75, "rate": FIXED, **(usdc or {})}}
        params = {"spokes": {"home": {"delay": 0.0, "assets": assets}, "far": {"delay": 600.0, "assets": far, **spoke}}}
        self.hub = Hub(world, "hub", "home", Hub.Params.read(params))
        world.add(self.hub)
        for name in NAMES:
            for chain, (token, amount) in ENDOWED.items():
                world.ledgers[chain].create(token, self.account(name), amount, "outside")

    def at(self, chain: str, name: str, *actions):
        """One transaction on a chain; every identity must hold after it."""
        receipt = self.world.chains[chain].execute(self.account(name), Transaction(actions), self.world.clock.now)
        self.sound()
        return receipt

    def sound(self) -> None:
        broken = self.world.audit()
        assert not broken, "; ".join(str(identity) for identity in broken)

    def arrive(self, seconds: float = 600.0) -> None:
        """Let time pass and what is due arrive."""
        end = self.world.clock.now + seconds
        while self.hub.next_due() <= end:
            self.world.clock.advance(max(self.hub.next_due(), self.world.clock.now))
            self.hub.settle(self.world.clock.now)
            self.sound()
        self.world.clock.advance(end)

    def balance(self, chain: str, name: str) -> float:
        return self.world.ledgers[chain].balance(ENDOWED[chain][0], self.account(name))

    def lend(self, amount: float = 500_000.0) -> None:
        assert self.at("far", "lender", Supply(target="hub", token="usdc", amount=amount)).ok
        self.arrive()


def test_collateral_on_one_chain_backs_debt_on_another_after_two_messages():
    stage = TwoChains()
    stage.lend()
    assert stage.at("home", "alice", Supply(target="hub", token="eth", amount=100.0)).ok
    assert stage.hub.collateral_of(stage.account("alice")) == {"eth": 100.0}  # no delay at home
    assert stage.at("far", "alice", Borrow(target="hub", token="usdc", amount=100_000.0)).ok
    assert stage.balance("far", "alice") == 1e6
    stage.arrive()  # the request reaches the hub
    assert stage.hub.debts_of(stage.account("alice")) == pytest.approx({"usdc": 100_000.0})
    assert stage.balance("far", "alice") == 1e6
    assert stage.hub.totals()["usdc"]["in_flight"] == pytest.approx(100_000.0)
    stage.arrive()  # the payment is back
    assert stage.balance("far", "alice") == pytest.approx(1.1e6)
    assert stage.hub.totals()["usdc"]["in_flight"] == 0.0
    agree(stage.hub)


def test_health_is_that_of_the_state_that_has_arrived():
    stage = TwoChains()
    stage.lend()
    stage.at("home", "alice", Supply(target="hub", token="eth", amount=100.0))
    stage.at("far", "alice", Borrow(target="hub", token="usdc", amount=149_000.0))
    stage.arrive(1200.0)
    row = stage.hub.book.find(stage.account("alice"))
    before = stage.hub.health_of(row)
    stage.at("far", "alice", Repay(target="hub", token="usdc", amount=100_000.0))
    assert stage.hub.health_of(row) == pytest.approx(before)
    stage.arrive()
    assert stage.hub.health_of(row) > 3.0 * before * 0.99


def test_a_request_that_the_hub_refuses_changes_nothing_but_the_log():
    stage = TwoChains()
    stage.lend()
    stage.at("home", "alice", Supply(target="hub", token="eth", amount=100.0))
    assert stage.at("far", "alice", Borrow(target="hub", token="usdc", amount=200_000.0)).ok
    stage.arrive(3000.0)
    assert stage.balance("far", "alice") == 1e6
    steps = stage.world.events.frame("bridge_messages")["step"].tolist()
    assert "borrow insufficient_collateral" in steps
    assert stage.at("home", "alice", Borrow(target="hub", token="eth", amount=200.0)).reason.startswith("insufficient_collateral")


def test_two_requests_against_one_collateral_are_decided_in_turn():
    stage = TwoChains()
    stage.lend()
    stage.at("home", "alice", Supply(target="hub", token="eth", amount=100.0))
    stage.at("far", "alice", Borrow(target="hub", token="usdc", amount=140_000.0))
    assert stage.at("home", "alice", Withdraw(target="hub", token="eth", amount=ALL)).ok  # arrives first: home has no delay
    stage.arrive(3000.0)
    assert (stage.balance("far", "alice"), stage.balance("home", "alice")) == (1e6, 1000.0)


def test_liquidation_pays_there_and_waits_for_the_collateral_here():
    stage = TwoChains()
    stage.lend()
    stage.at("home", "alice", Supply(target="hub", token="eth", amount=100.0))
    stage.at("far", "alice", Borrow(target="hub", token="usdc", amount=140_000.0))
    stage.arrive(1200.0)
    stage.post("eth", 1700.0)
    row = stage.hub.book.find(stage.account("alice"))
    (offer,) = stage.hub.offers(row)
    assert (offer.chain, offer.gives_chain, offer.wait, offer.pays, offer.gives) == ("far", "home", 600.0, "usdc", "eth")
    quote = offer.quote(offer.limit)
    assert quote.received == pytest.approx(quote.paid * 1.05 / 1700.0)
    assert stage.at("far", "liquidator", offer.action(offer.limit)).ok
    assert stage.balance("home", "liquidator") == 1000.0
    assert not stage.hub.offers(row) or stage.hub.offers(row)[0].limit < 1e-6 * offer.limit  # what is on its way is not offered again
    stage.arrive()
    assert stage.balance("home", "liquidator") == pytest.approx(1000.0 + quote.received, rel=1e-4)
    assert stage.world.events.count("liquidations") == 1
    stage.arrive()  # what was paid in beyond the debt, for the interest on the way, has come back
    assert stage.balance("far", "liquidator") == pytest.approx(1e6 - quote.paid, rel=1e-6)


def test_a_liquidation_that_comes_too_late_is_paid_back():
    stage = TwoChains()
    stage.lend()
    stage.at("home", "alice", Supply(target="hub", token="eth", amount=100.0))
    stage.at("far", "alice", Borrow(target="hub", token="usdc", amount=140_000.0))
    stage.arrive(1200.0)
    stage.post("eth", 1700.0)
    (offer,) = stage.hub.offers(stage.hub.book.find(stage.account("alice")))
    stage.at("far", "liquidator", offer.action(50_000.0))
    stage.at("home", "alice", Supply(target="hub", token="eth", amount=100.0))  # arrives before
    stage.arrive(1200.0)
    assert stage.balance("far", "liquidator") == pytest.approx(1e6)
    assert stage.balance("home", "liquidator") == 1000.0
    assert stage.world.events.count("liquidations") == 0


def test_bad_debt_is_the_deficit_of_the_spoke():
    stage = TwoChains()
    stage.lend()
    stage.at("home", "alice", Supply(target="hub", token="eth", amount=100.0))
    stage.at("far", "alice", Borrow(target="hub", token="usdc", amount=140_000.0))
    stage.arrive(1200.0)
    stage.post("eth", 1000.0)
    for _ in range(3):
        for offer in stage.hub.offers(stage.hub.book.find(stage.account("alice"))):
            stage.at("far", "liquidator", offer.action(ALL))
        stage.arrive(1200.0)
    assert stage.hub.totals()["usdc"]["bad_debt"] == pytest.approx(140_000.0 - 100_000.0 / 1.05, rel=1e-3)


def test_limits_of_a_spoke_and_listings():
    stage = TwoChains(credit_limit=50_000.0)
    stage.lend()
    stage.at("home", "alice", Supply(target="hub", token="eth", amount=100.0))
    stage.at("far", "alice", Borrow(target="hub", token="usdc", amount=60_000.0))
    stage.arrive(1200.0)
    assert stage.balance("far", "alice") == 1e6
    assert stage.at("far", "alice", Supply(target="hub", token="eth", amount=1.0)).reason.startswith("not_listed")
    assert stage.at("home", "alice", Govern(target="hub", changes=(("spokes.far.paused", True),))).ok
    stage.arrive()
    assert stage.at("far", "bob", Supply(target="hub", token="usdc", amount=1.0)).reason.startswith("paused")
    bad = Govern(target="hub", changes=(("spokes.far.assets", {"dai": {}}),))
    assert stage.at("home", "alice", bad).reason.startswith("invalid_parameters")
    for place, value in (("spokes.home.assets.eth.ltv", 0.99), ("spokes.far.delay", 1.0), ("spokes.home.assets.eth.feed", "nope")):
        refused = stage.at("home", "alice", Govern(target="hub", changes=((place, value),)))
        assert refused.reason.startswith("invalid_parameters"), place


def test_messages_wait_for_a_halted_chain():
    stage = TwoChains()
    stage.at("far", "lender", Supply(target="hub", token="usdc", amount=1000.0))
    stage.world.chains["home"].halt(stage.world.clock.now + 5000.0)
    stage.arrive(1000.0)
    assert stage.hub.totals()["usdc"]["supplied"] == 0.0
    stage.arrive(5000.0)
    assert stage.hub.totals()["usdc"]["supplied"] == pytest.approx(1000.0)


SHARES = st.sampled_from([0.1, 0.5, 0.9, 1.3])
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["supply", "withdraw", "borrow", "repay", "take", "deliver", "again", "postpone", "disturb", "wait", "price"]),
        st.sampled_from(NAMES),
        st.sampled_from(["home", "far"]),
        SHARES,
        st.integers(0, 30),
    ),
    max_size=30,
)


@settings(max_examples=60, deadline=None)
@given(steps=STEPS)
def test_no_order_of_messages_creates_or_loses_value(steps):
    """Early, late, twice, in any order: identities hold after each step, and in the end nobody has more than there was."""
    stage = TwoChains()
    hub, seen = stage.hub, []
    stage.lend(300_000.0)
    stage.at("home", "alice", Supply(target="hub", token="eth", amount=100.0))
    for verb, name, chain, share, pick in steps:
        token, unit = ENDOWED[chain][0], ENDOWED[chain][1] / 10.0
        seen.extend(number for number in hub.messages if number not in seen)
        if verb in ("supply", "repay", "withdraw", "borrow"):
            action = {"supply": Supply, "repay": Repay, "withdraw": Withdraw, "borrow": Borrow}[verb]
            stage.at(chain, name, action(target="hub", token=token, amount=ALL if share > 1.0 and verb != "borrow" else share * unit))
        elif verb == "take":
            offers = [offer for row in range(len(hub.book)) for offer in hub.offers(row) if offer.chain == chain]
            if offers:
                offer = offers[pick % len(offers)]
                stage.at(chain, "liquidator", offer.action(offer.limit * share))
                assert isinstance(offer.action(1.0), Take)
        elif verb in ("deliver", "again") and seen:
            number = seen[pick % len(seen)]
            processed = number not in hub.messages
            before = [stage.balance(place, who) for place in ENDOWED for who in NAMES]
            hub.deliver(number)
            if processed:  # a message that comes twice does nothing
                assert [stage.balance(place, who) for place in ENDOWED for who in NAMES] == before
        elif verb == "postpone" and hub.messages:
            hub.postpone(list(hub.messages)[pick % len(hub.messages)], 1000.0 * share)
        elif verb == "disturb":
            hub.disturb(Lateness(stage.world.draws["late"], 100.0 * share, 900.0 * share, 0.5))
        elif verb == "price":
            stage.post("eth", 2000.0 * share)
        else:
            stage.arrive(300.0)
        stage.sound()
    stage.arrive(60_000.0)
    assert not hub.messages
    for chain, (token, amount) in ENDOWED.items():
        held = sum(stage.balance(chain, name) for name in NAMES) + stage.world.ledgers[chain].balance(token, hub.account)
        assert held == pytest.approx(amount * len(NAMES), rel=1e-12)
