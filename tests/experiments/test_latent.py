"""Latent bad debt: positions revalued by each allocation of a bridge's hole, against sums by hand."""

from __future__ import annotations

import pytest

from experiments.build import build
from experiments.flows import flow_outcomes
from experiments.latent import latent_outcomes
from experiments.load import read
from model.core.actions import Borrow, Supply, Transaction, Withdraw
from tests.experiments.two_chains import two_chains

LTV = 0.9


def stage(feed: str = "relayed"):
    """Who has 100 rseth at home and 100 of its form on the other chain, each lent against at 90 %; a market that is isolated beside."""
    raw = two_chains()
    raw["feeds"]["wsteth_eth"] = {"chain": "ethereum", "mechanism": {"kind": "exchange_rate", "claim": "claim:wsteth"}}
    raw["feeds"]["rseth_eth"]["mechanism"]["times"] = "feed:wsteth_eth"
    raw["feeds"]["relayed"] = {"chain": "arbitrum", "mechanism": {"kind": "relayed", "source": "feed:rseth_eth"}}
    own = {"kind": "exchange_rate", "claim": "claim:rseth_arb", "times": "feed:relayed"}
    raw["feeds"]["own backing"] = {"chain": "arbitrum", "mechanism": own}
    terms = {"ltv": 0.93, "liquidation_threshold": 0.95, "bonus": 0.01, "borrowable": False}
    for name, chain, token, feed_of in (("home", "ethereum", "rseth", "rseth_eth"), ("away", "arbitrum", "rseth_arb", feed)):
        reserves = {"eth": {"ltv": 0.8, "liquidation_threshold": 0.85}, token: {"feed": feed_of, **terms}}
        raw.setdefault("markets", {})[name] = {
            "kind": "pooled", "chain": chain, "numeraire": "eth", "rules": {"kind": "aave_v3_3"}, "reserves": reserves,
        }  # fmt: skip
    raw["markets"]["pair"] = {
        "kind": "morpho", "chain": "ethereum", "numeraire": "eth", "loan": "eth", "collateral": "rseth", "feed": "rseth_eth", "lltv": 0.945,
    }  # fmt: skip
    raw["agents"] = {
        "lenders": {"kind": "depositor", "market": "home", "token": "eth", "supplied": 400.0},
        "far_lenders": {"kind": "depositor", "chain": "arbitrum", "market": "away", "token": "eth", "supplied": 200.0},
        "pair_lenders": {"kind": "depositor", "market": "pair", "token": "eth", "supplied": 200.0},
    }
    model = build(read(raw).scenario, 1)
    for market, chain, token in (("home", "ethereum", "rseth"), ("away", "arbitrum", "rseth_arb"), ("pair", "ethereum", "rseth")):
        user, lent = model.world.accounts.open(f"user of {market}"), LTV * 100.0 * model.world.targets[market].price(token)
        model.world.ledgers[chain].move(token, 0, user, 100.0)
        actions = (Supply(target=market, token=token, amount=100.0), Borrow(target=market, token="eth", amount=lent))
        assert model.world.chains[chain].execute(user, Transaction(actions), model.world.clock.now).ok
    return model


def latent(model) -> dict[str, float]:
    return {outcome.name: outcome.read(model) for outcome in latent_outcomes(model)}


def test_a_whole_bridge_leaves_nothing_uncovered():
    found = latent(stage())
    assert found["latent_bad_debt.spread"] == found["latent_bad_debt.bridged"] == 0.0


@pytest.mark.parametrize("feed", ["relayed", "own backing"])
def test_each_rule_gives_the_sum_by_hand_whatever_the_feeds_say(feed):
    model = stage(feed)
    rate = model.world.targets["rseth"].price_of_one() * model.world.targets["wsteth"].price_of_one()
    owed = {name: model.world.targets[name].totals()["eth"]["borrowed"] for name in ("home", "away", "pair")}
    model.world.targets["layer"].drain(3_900.0)
    found = latent(model)
    worth = 100.0 * rate
    spread, bridged = 3_900.0 / 23_900.0, 3_900.0 / 4_000.0
    for name in owed:
        missing = (owed[name] - worth * (1.0 - spread)) * 2_500.0
        assert missing > 0.0
        assert found[f"latent_bad_debt.spread.{name}"] == pytest.approx(missing, rel=1e-9)
    missing = owed["away"] - worth * (1.0 - bridged)
    assert found["latent_bad_debt.bridged.away"] == pytest.approx(missing * 2_500.0, rel=1e-9)
    assert found["latent_bad_debt.bridged"] == pytest.approx(missing * 2_500.0, rel=1e-9)
    assert found["latent_shortfall.bridged.away.eth"] == pytest.approx(missing / 200.0, rel=1e-6)
    assert found["latent_bad_debt.bridged.home"] == found["latent_bad_debt.bridged.pair"] == 0.0


def test_allocating_the_loss_by_a_rule_leaves_that_rules_figure_as_it_was():
    for rule in ("spread", "bridged"):
        model = stage()
        model.world.targets["layer"].drain(3_500.0)
        before = latent(model)[f"latent_bad_debt.{rule}"]
        model.world.targets["layer"].allocate_loss(rule)
        assert latent(model)[f"latent_bad_debt.{rule}"] == pytest.approx(before, rel=1e-9)


def test_flows_and_liquidity_count_what_lenders_bring_and_take():
    model = stage()
    outcomes = {outcome.name: outcome for outcome in flow_outcomes(model)}

    def read_all():
        return {name: outcome.read(model) for name, outcome in outcomes.items()}

    before = read_all()
    account = model.world.accounts.of("lenders")
    out = Transaction((Withdraw(target="home", token="eth", amount=40.0),))
    assert model.world.chains["ethereum"].execute(account, out, model.world.clock.now).ok
    after = read_all()
    assert after["withdrawn_value"] - before["withdrawn_value"] == pytest.approx(40.0 * 2_500.0)
    assert after["net_withdrawn_value"] - before["net_withdrawn_value"] == pytest.approx(40.0 * 2_500.0)
    assert before["available_liquidity_value"] - after["available_liquidity_value"] == pytest.approx(40.0 * 2_500.0)
    assert before["deposits_value"] - after["deposits_value"] == pytest.approx(40.0 * 2_500.0)
    assert before["frozen_reserves"] == 0.0
