"""Auctioned oracle updates: announcement, sealed bids, one bundle, fallback, split of the payment."""

from __future__ import annotations

import pytest

from experiments.inputs import Inputs
from experiments.load import load, read, resolved
from experiments.run import open_ecosystem, release, run
from model.core.actions import Bid, Post, Transaction, Transfer
from model.core.errors import BadInput
from model.world.accounts import OUTSIDE
from model.world.update_auction import Payment

HOUR = 3600.0


def scenario(auction, liquidators=None, **overrides):
    changes = {"run.days": 0.2, "run.audited": True, "agents.liquidators.latency": 2.0, **overrides}
    changes |= {f"agents.liquidators.{name}": value for name, value in (liquidators or {}).items()}
    if auction is not None:
        changes["feeds.eth_dollar.auction"] = auction
    return load("liquidation-designs", changes).scenario


@pytest.fixture(scope="module")
def done():
    return run(scenario({"fallback": 120.0, "protocol_share": 0.65, "builder_share": 0.1}), 1)


@pytest.fixture(scope="module")
def plain():
    return run(scenario(None), 1)


def won(events):
    return events[events["step"] == "won"]


def test_update_and_liquidation_stand_in_one_block(done):
    posts, liquidations = done.events("posts"), done.events("liquidations")
    updates = won(done.events("update_auctions"))
    assert len(updates) == len(liquidations) > 20
    assert set(liquidations["time"]) <= set(posts["time"])
    assert len(done.events("reverts")) == 0


def test_the_payment_is_split_by_the_stated_shares_and_held_in_the_ledger(done):
    paid = won(done.events("update_auctions"))
    total = paid["paid"].sum()
    assert paid["builder_value"].sum() == pytest.approx(0.1 * total)
    assert paid["protocol_value"].sum() == pytest.approx(0.9 * 0.65 * total)
    assert paid["oracle_value"].sum() == pytest.approx(0.9 * 0.35 * total)
    world = done.ecosystem.world
    for who, column in (("protocol", "protocol_value"), ("builder", "builder_value"), ("oracle network", "oracle_value")):
        account = world.accounts.of(f"eth_dollar auction: {who}")
        assert world.ledgers["ethereum"].balance("dollar", account) == pytest.approx(paid[column].sum())
    assert world.audit() == []
    series = done.series
    assert series["recaptured_value"].iloc[-1] == pytest.approx(paid["protocol_value"].sum())
    assert series["builder_value"].iloc[-1] + series["oracle_value"].iloc[-1] == pytest.approx(paid["value"].sum() * (1 - 0.9 * 0.65))


def test_the_same_debt_is_cleared_and_the_bonus_goes_elsewhere(done, plain):
    with_, without = done.events("liquidations"), plain.events("liquidations")
    assert with_["repaid_value"].sum() == pytest.approx(without["repaid_value"].sum(), rel=0.05)
    bonus = with_["seized_value"].sum() - with_["repaid_value"].sum()
    assert 0.5 * bonus < won(done.events("update_auctions"))["value"].sum() < 0.9 * bonus


@pytest.mark.parametrize("share", [0.5, 0.95])
def test_what_is_paid_is_the_bidders_share_of_its_profit(share):
    found = won(run(scenario({}, {"bid_share": [share, share]}), 1).events("update_auctions"))
    assert len(found) > 20
    assert (found["value"] / found["profit_value"]).to_numpy() == pytest.approx(share)


def test_the_higher_share_wins_where_bids_arrive_together():
    found = run(scenario({}, {"latency": 0.0, "bid_share": [0.2, 0.9]}), 1).events("update_auctions")
    best = found[found["step"] == "bid"].groupby("auction")["value"].max()
    top = won(found).groupby("auction")["value"].max()
    assert len(top) > 5
    assert top.to_numpy() == pytest.approx(best[top.index].to_numpy())
    assert won(found)["account"].nunique() < 3
    losers = set(found[found["step"] == "bid"]["account"]) - set(won(found)["account"])
    assert losers


def test_who_loses_pays_nothing(done):
    found = run(scenario({}, {"latency": 0.0, "bid_share": [0.2, 0.9]}), 1)
    updates, world = found.events("update_auctions"), found.ecosystem.world
    losers = set(updates[updates["step"] == "bid"]["account"]) - set(won(updates)["account"])
    for name in losers:
        account = next(place for place in range(world.accounts.count) if world.accounts.name(place) == name)
        assert world.chains["ethereum"].purses.get(0, account) == 1000.0
    assert set(won(updates)["account"]) & {"liquidators[0]", "liquidators[1]", "liquidators[2]"}


@pytest.mark.parametrize("fallback", [60.0, 900.0])
def test_without_bids_the_update_lands_publicly_after_the_fallback_time(fallback):
    found = run(scenario({"fallback": fallback}, {"bid_share": [0.0, 0.0]}), 1)
    updates, posts = found.events("update_auctions"), found.events("posts")
    assert set(updates["step"]) == {"announced", "failed"}
    announced = updates[updates["step"] == "announced"]["time"].to_numpy()
    landed = posts["time"].to_numpy()
    delays = landed[: len(announced)] - announced[: len(landed)]
    assert delays.min() >= fallback
    assert delays.max() < fallback + 12.0 + 1e-6
    assert len(found.events("liquidations")) > 0


def test_failed_auctions_delay_liquidations(plain):
    late = run(scenario({"fallback": 900.0}, {"bid_share": [0.0, 0.0]}), 1).events("liquidations")
    first = plain.events("liquidations").groupby("borrower")["time"].min()
    behind = (late.groupby("borrower")["time"].min() - first).dropna()
    assert len(behind) > 10
    assert behind.min() >= 0.0
    assert 300.0 < behind.mean() < 1500.0


def test_one_winner_leaves_the_rest_to_the_public(done):
    found = run(scenario({"winners": 1}), 1)
    assert won(found.events("update_auctions")).groupby("auction").size().max() == 1
    assert len(found.events("liquidations")) > len(won(found.events("update_auctions")))
    assert won(done.events("update_auctions")).groupby("auction").size().max() > 1


@pytest.mark.parametrize("variant", ["aave_v4", "compound_v2", "morpho", "euler"])
def test_every_market_whose_offers_are_taken_can_be_bid_for(variant):
    changes = load("liquidation-designs").scenario.variants[variant]
    found = run(scenario({}, **{**changes, "run.tick": 120.0, "agents.borrowers.count": 40}), 1)
    assert len(won(found.events("update_auctions"))) > 0
    assert found.series["recaptured_value"].iloc[-1] > 0.0


def test_where_nothing_is_taken_nothing_is_bid():
    """Triggers of auctions of the market's own pay no bonus at once: their updates always fall back."""
    changes = load("liquidation-designs").scenario.variants["maker_linear"]
    found = run(scenario({}, **{**changes, "run.tick": 120.0, "agents.borrowers.count": 40}), 1)
    assert set(found.events("update_auctions")["step"]) == {"announced", "failed"}
    assert len(found.events("auctions")) > 0


def test_the_same_seed_gives_the_same_auctions(done):
    again = run(done.scenario, 1)
    for kind in ("update_auctions", "liquidations", "posts"):
        assert again.events(kind).equals(done.events(kind))


class Rigged:
    """A bidder that bids what the test says, whatever is offered."""

    takes_offers, most_pending, pause, chain, offer_chains, ask_again = True, 3, 0.0, "ethereum", ("ethereum",), None

    def __init__(self, account, actions, paid):
        self.account, self.actions, self.paid = account, actions, paid
        self.seen, self.told = [], []

    def wakes(self):
        return ()

    def decide(self, view):
        return []

    def bid(self, view, feed, offers):
        self.seen.append((view.feed(feed).value(), len(offers), len(view.offers())))
        payment = Bid(target=feed, item="lending", amount=self.paid, terms=Payment("dollar", "lending", self.paid))
        return [Transaction((*self.actions(offers), payment))]

    def receive(self, receipt):
        self.told.append(receipt)

    def delay(self, now):
        return 0.0


def announced(actions, paid=100.0, endowed=1e6, fallback=120.0, **overrides):
    """An announced update to 1,700 dollars for one rigged bidder."""
    changes = {"agents.liquidators.count": 0, "prices.eth": {"kind": "constant", "value": 2000.0}, **overrides}
    model = open_ecosystem(scenario({"fallback": fallback}, **changes), 1, Inputs())
    world, chain = model.world, model.world.chains["ethereum"]
    bidder = Rigged(world.accounts.open("rigged"), actions, paid)
    world.ledgers["ethereum"].create("dollar", bidder.account, endowed, "genesis")
    chain.fund_purses([bidder.account], 10.0)
    model.enrol(bidder)
    reporter = world.targets["eth_dollar"].reporters[0]
    model._pending[reporter] = 1
    assert model.auctioneer.announce(chain, reporter, Transaction((Post(target="eth_dollar", value=1700.0),)), world.clock.now)
    return model, bidder, chain, world.targets["eth_dollar"]


def build(model, chain):
    model.world.clock.advance(chain.next_time())
    model.build_block(chain.name)


def test_bidders_see_what_is_not_on_chain_and_the_world_stays_as_it_is():
    model, bidder, chain, feed = announced(lambda offers: [offers[0].action(1000.0)])
    ((price, opened, open_now),) = bidder.seen
    assert price == 1700.0
    assert opened > 0
    assert open_now == 0
    assert feed.value() == 2000.0
    assert model.quotes.offers("ethereum") == []
    assert not model.screens["lending"].unhealthy
    build(model, chain)
    assert feed.value() == 1700.0
    (receipt,) = bidder.told
    assert receipt.ok
    assert chain.purses.get(0, bidder.account) < 10.0
    assert model.world.audit() == []
    release(model)


def test_an_update_does_not_land_with_a_bid_that_fails():
    outside = lambda offers: [Transfer(target="ethereum", token="dollar", amount=1e12, to=OUTSIDE)]  # noqa: E731
    model, bidder, chain, feed = announced(outside)
    start = model.world.clock.now
    build(model, chain)
    assert feed.value() == 2000.0
    assert chain.purses.get(0, bidder.account) == 10.0
    assert [receipt.status for receipt in bidder.told] == ["dropped"]
    assert len(model.world.events.frame("reverts")) == 0
    build(model, chain)
    assert feed.value() == 1700.0
    assert model.world.clock.now - start >= 120.0
    assert model.world.events.frame("update_auctions")["step"].tolist()[:4] == ["announced", "bid", "lost", "failed"]
    release(model)


def test_a_bid_that_cannot_be_paid_fails():
    model, bidder, chain, feed = announced(lambda offers: [offers[0].action(1000.0)], paid=1e9)
    build(model, chain)
    assert feed.value() == 2000.0
    assert bidder.told[0].status == "dropped"
    assert model.world.ledgers["ethereum"].balance("dollar", bidder.account) == 1e6
    release(model)


def test_full_blocks_shut_out_a_bundle_that_pays_its_builder_too_little():
    crowded = {"chains.ethereum.ordering": {"kind": "first_price"}, "chains.ethereum.target_share": 0.95}
    poor, _, chain, feed = announced(lambda offers: [offers[0].action(1000.0)], paid=1.0, **crowded)
    build(poor, chain)
    assert feed.value() == 2000.0
    release(poor)
    rich, _, chain, feed = announced(lambda offers: [offers[0].action(1000.0)], paid=50_000.0, **crowded)
    build(rich, chain)
    assert feed.value() == 1700.0
    release(rich)


def test_a_halted_chain_holds_the_auction():
    model, bidder, chain, feed = announced(lambda offers: [offers[0].action(1000.0)])
    chain.halt(model.world.clock.now + HOUR)
    assert chain.next_time() >= model.world.clock.start + HOUR
    build(model, chain)
    assert feed.value() == 1700.0
    assert bidder.told[0].ok
    release(model)


def test_nobody_pays_outside_of_a_bundle():
    model, bidder, chain, _ = announced(lambda offers: [])
    pay = Transaction((Bid(target="eth_dollar", item="", amount=1.0, terms=Payment("dollar", "lending", 1.0)),))
    assert chain.execute(bidder.account, pay, model.world.clock.now).reason.startswith("no_auction")
    release(model)


def test_faults_are_named():
    raw = resolved(load("liquidation-designs").scenario)
    raw["feeds"]["eth_dollar"]["mechanism"] = {"kind": "constant", "value": 2000.0}
    raw["feeds"]["eth_dollar"]["auction"] = {}
    with pytest.raises(BadInput) as found:
        read(raw)
    assert any(fault.place == "feeds.eth_dollar.auction" for fault in found.value.faults)
    with pytest.raises(BadInput) as found:
        scenario({"fallback": 0.0, "protocol_share": 1.5})
    assert {fault.place for fault in found.value.faults} >= {"feeds.eth_dollar.auction.fallback", "feeds.eth_dollar.auction.protocol_share"}
    with pytest.raises(BadInput) as found:
        scenario({}, {"bid_share": [0.9, 0.6]})
    assert found.value.faults[0].place.startswith("agents.liquidators.bid_share")
