"""Shares of a pool and of a vault as collateral: known, priced, borrowed on, liquidated, looked through."""

from __future__ import annotations

import pytest

from experiments.inputs import Inputs
from experiments.load import read
from experiments.run import open_ecosystem
from model.core.actions import Swap, Transaction
from model.core.errors import BadInput
from model.network import exposure_table
from tests.experiments.small import small


def shares():
    """The small world; shares of its pool and of a vault are collateral for ether and for dollars, under a price that falls."""
    raw = small()
    raw["run"]["days"] = 0.2
    raw["prices"]["eth"]["values"] = [2000.0, 1500.0, 1600.0]
    raw["venues"]["desk"] = {
        "chain": "ethereum", "tokens": ["vault", "usdc"], "mechanism": {"kind": "stableswap", "amplification": 100.0},
        "reserves": {"vault": 2e6, "usdc": 2e6},
    }  # fmt: skip
    raw["feeds"] |= {
        "one": {"chain": "ethereum", "mechanism": {"kind": "constant"}},
        "eth_usd": {"chain": "ethereum", "mechanism": {"kind": "market", "sources": ["price:eth/usd"]}},
        "steth_usd": {"chain": "ethereum", "mechanism": {"kind": "exchange_rate", "claim": "feed:steth_eth", "times": "feed:eth_usd"}},
        "usd_eth": {"chain": "ethereum", "mechanism": {"kind": "market", "sources": ["price:usdc/eth"]}},
        "curve_usd": {"chain": "ethereum", "mechanism": {
            "kind": "basket", "units": ["claim:curve eth", "claim:curve steth"], "times": ["feed:eth_usd", "feed:steth_usd"],
        }},
        "vault_eth": {"chain": "ethereum", "mechanism": {"kind": "exchange_rate", "claim": "claim:vault", "times": "feed:usd_eth"}},
    }  # fmt: skip
    reserves = {
        "usdc": {"ltv": 0.8, "liquidation_threshold": 0.85},
        "curve": {"feed": "curve_usd", "ltv": 0.7, "liquidation_threshold": 0.8, "bonus": 0.06, "borrowable": False},
    }
    reserves["usdc"]["feed"] = "one"
    raw["markets"] |= {
        "fluid": {"kind": "pooled", "chain": "ethereum", "numeraire": "usd", "reserves": reserves},
        "pair": {"kind": "morpho", "chain": "ethereum", "loan": "usdc", "collateral": "eth", "feed": "eth_usd", "lltv": 0.86},
        "vault": {"kind": "vault", "chain": "ethereum", "token": "usdc", "caps": {"pair": 1e7}, "feed": "one"},
        "short": {"kind": "morpho", "chain": "ethereum", "loan": "eth", "collateral": "vault", "feed": "vault_eth", "lltv": 0.86},
    }
    raw["agents"] |= {
        "savers": {"kind": "yield_seeker", "market": "fluid", "token": "usdc", "supplied": 2e7, "count": 2},
        "vault_savers": {"kind": "depositor", "market": "vault", "token": "usdc", "supplied": 1e6},
        "eth_savers": {"kind": "depositor", "market": "short", "token": "eth", "supplied": 3_000.0},
        "loops": {
            "kind": "pair_borrowers",
            "market": "fluid",
            "collateral": "curve",
            "debt": "usdc",
            "total": 5_000.0,
            "count": 40,
            "health": [1.05, 1.1, 1.2, 1.4],
        },
        "bears": {
            "kind": "pair_borrowers",
            "market": "short",
            "collateral": "vault",
            "debt": "eth",
            "total": 1e6,
            "count": 10,
            "health": [1.02, 1.03, 1.04, 1.05],
        },
    }
    raw["agents"]["liquidators"]["capital"] = {"usdc": 1e7, "eth": 5_000.0}
    return raw


def opened(raw):
    return open_ecosystem(read(raw).scenario, 1, Inputs())


def test_borrowers_on_shares_are_liquidated_and_the_shares_are_sold_to_their_pool():
    model = opened(shares())
    world = model.world
    for _ in range(28):
        model.step()
    assert world.audit() == []
    sales = world.events.frame("swaps")
    sold = sales[(sales["sell"] == "curve") & (sales["purpose"] == "liquidation")]
    liquidated = world.events.frame("liquidations")
    on_shares = liquidated[liquidated["collateral_token"] == "curve"]
    assert len(on_shares) > 3
    assert sold["sold"].sum() == pytest.approx(on_shares["seized"].sum(), rel=1e-6)
    assert set(sold["venue"]) == {"curve"}
    assert world.targets["pair"].supplied(world.targets["pair"].book.find(world.targets["vault"].account)) > 0.0


def test_a_vaults_shares_are_liquidated_where_they_trade():
    raw = shares()
    raw["prices"]["eth"]["values"] = [2000.0, 2200.0, 2300.0]
    model = opened(raw)
    for _ in range(28):
        model.step()
    frame = model.world.events.frame("liquidations")
    assert (frame["collateral_token"] == "vault").sum() > 3
    swaps = model.world.events.frame("swaps")
    assert set(swaps[swaps["sell"] == "vault"]["venue"]) == {"desk"}
    assert model.world.audit() == []


def test_shares_are_looked_through_to_what_is_behind_them():
    model = opened(shares())
    table = exposure_table(model.world)
    held = table[(table["holder"] == "market:fluid") & (table["token"] == "curve")]
    venue, ledger = model.world.targets["curve"], model.world.ledgers["ethereum"]
    part = 5_000.0 / ledger.supply("curve")
    assert held.groupby("underlying")["amount"].sum()["eth"] == pytest.approx(part * sum(venue.pool().balances), rel=1e-9)
    vaulted = table[(table["holder"] == "market:short") & (table["token"] == "vault")]
    assert vaulted["amount"].sum() == pytest.approx(1e6)
    assert model.world.targets["vault"].assets() == pytest.approx(4e6), "1 from savers, 2 on the desk, 1 as collateral"


def test_a_sale_of_shares_gets_what_it_was_quoted_and_leaves_the_others_whole():
    model = opened(shares())
    world, venue = model.world, model.world.targets["curve"]
    ledger, provider = world.ledgers["ethereum"], world.accounts.of("providers of curve")
    world.chains["ethereum"].fund_purses(range(provider, provider + 1), 1.0)
    per_share = dict(venue.stands_on())
    quoted = venue.quote("curve", "eth", 100.0).received
    assert venue.spot("curve", "eth") == pytest.approx(per_share["eth"] + per_share["steth"] * venue.spot("steth", "eth"))
    assert 0.99 * venue.spot("curve", "eth") < quoted / 100.0 < venue.spot("curve", "eth")
    before = ledger.balance("eth", provider), ledger.supply("curve")
    sale = Transaction((Swap(target="curve", sell="curve", buy="eth", amount=100.0, min_received=quoted),))
    assert world.chains["ethereum"].execute(provider, sale, world.clock.now).ok
    assert ledger.balance("eth", provider) - before[0] == pytest.approx(quoted)
    assert ledger.supply("curve") == pytest.approx(before[1] - 100.0)
    assert venue.mechanism.virtual_price(venue.pool()) >= 1.0
    assert world.audit() == []


SPOILT = {
    "feeds.curve_usd.mechanism.units.0": lambda raw: raw["feeds"]["curve_usd"]["mechanism"].update(units=["claim:curve", "claim:vault"]),
    "feeds.vault_eth.mechanism.claim": lambda raw: raw["feeds"]["vault_eth"]["mechanism"].update(claim="claim:book"),
    "tokens.steth.claim.backing": lambda raw: raw["tokens"]["steth"]["claim"].update(backing="curve"),
    "venues.desk.tokens": lambda raw: raw["venues"]["desk"].update(tokens=["desk", "usdc"], reserves={}),
}


@pytest.mark.parametrize("place", SPOILT)
def test_shares_that_cannot_be_read_are_refused(place):
    raw = shares()
    SPOILT[place](raw)
    with pytest.raises(BadInput) as found:
        read(raw)
    assert place in {fault.place for fault in found.value.faults}


def test_no_more_shares_are_given_than_there_are():
    raw = shares()
    raw["agents"]["loops"]["total"] = 1e6
    with pytest.raises(BadInput, match="shares of curve are wanted at the start"):
        opened(raw)
