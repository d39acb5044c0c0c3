"""Latent bad debt against hand computation, by backing and by venue, where the market's own feeds see nothing."""

from __future__ import annotations

import pytest

from experiments.build import build
from experiments.load import read
from experiments.valuation import uncovered
from tests.agents.broken_bridge import broken_bridge
from tests.experiments.small import small

BORROWERS = {"kind": "flat_book", "chain": "far", "market": "lend", "collateral": "dollar_far", "debt": "coin", "total": 50_000.0,
             "count": 20, "ltv": [0.4, 0.7]}  # fmt: skip


def world(taken=9e6):
    model = build(read(broken_bridge(taken, borrowers=BORROWERS)).scenario, 1)
    for _ in range(8):
        model.step()
    return model


def value(model, name):
    return model.outcomes[name].read(model)


def by_hand(model, price):
    market = model.world.targets["lend"]
    return sum(max(sum(market.debts_of(owner).values()) - price * sum(market.collateral_of(owner).values()), 0.0)
               for owner in market.participants() if market.debts_of(owner))  # fmt: skip


def test_a_whole_claim_hides_nothing():
    model = world(taken=0.0)
    assert value(model, "latent_bad_debt.backing.lend") == 0.0
    assert value(model, "worth.backing.dollar_far") == pytest.approx(1.0)


def test_backing_and_venue_disagree_until_somebody_sells():
    model = world()
    assert value(model, "bad_debt_value") == 0.0, "the feed states par"
    assert value(model, "worth.backing.dollar_far") == pytest.approx(0.1)
    assert value(model, "worth.venues.dollar_far") == pytest.approx(1.0)
    assert value(model, "latent_bad_debt.venues.lend") == 0.0
    latent = value(model, "latent_bad_debt.backing.lend")
    assert latent == pytest.approx(by_hand(model, 0.1), rel=1e-9)
    assert latent > 10_000.0


def test_the_columns_say_what_the_accounts_say():
    model = world()
    market = model.world.targets["lend"]
    values = {"dollar_far": 0.3, "coin": 1.0}
    assert uncovered(market, values)[1].sum() == pytest.approx(by_hand(model, 0.3))
    borrower = market.book.find(model.world.accounts.of("borrowers"))
    market.disabled[borrower] = frozenset({"dollar_far"})
    assert uncovered(market, values)[1].sum() == pytest.approx(by_hand(model, 0.3)), "collateral that is switched off covers nothing"


def test_a_world_without_bridged_forms_records_none_of_it():
    model = build(read(small()).scenario, 1)
    assert not [name for name in model.outcomes if name.startswith(("latent_bad_debt.", "worth."))]
