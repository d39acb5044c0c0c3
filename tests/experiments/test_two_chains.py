from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from experiments.build import build
from experiments.load import read
from model.core.actions import Bridge, Supply, Transaction
from model.core.errors import BadInput
from tests.experiments.two_chains import two_chains

Spoil = Callable[[dict[str, Any]], object]


def ring(raw):
    raw["tokens"]["steth"]["claim"] = {"kind": "wrapped", "backing": "rseth"}


def ring_over_a_bridge(raw):
    raw["tokens"]["steth"]["claim"] = {"kind": "restaked", "backing": "back"}
    raw["tokens"]["back"] = {"chain": "ethereum", "claim": {"kind": "bridged", "backing": "rseth_arb"}, "supply": 2e5}
    raw["bridges"]["home"] = {"kind": "lock_and_mint", "home": "arbitrum", "token": "rseth_arb", "forms": {"ethereum": "back"}}


CASES: dict[str, tuple[Spoil, str]] = {
    "tokens.rseth.claim.backing ring": (ring, "rseth on ethereum -> wsteth on ethereum -> steth on ethereum -> rseth on ethereum"),
    "tokens.rseth_arb.claim.backing ring": (ring_over_a_bridge, "steth on ethereum -> back on ethereum -> rseth_arb on arbitrum"),
    "tokens.wsteth.claim.backing": (lambda raw: raw["tokens"]["wsteth"]["claim"].update(backing="wsteth"), "wsteth -> wsteth"),
    "bridges.layer.forms.mars": (lambda raw: raw["bridges"]["layer"]["forms"].update(mars="x"), "ethereum -> mars: no chain 'mars'"),
    "bridges.circle.home": (lambda raw: raw["bridges"]["circle"].update(home="mars"), "mars -> arbitrum: no chain 'mars'"),
    "bridges.circle.forms.ethereum": (
        lambda raw: raw["bridges"]["circle"]["forms"].update(ethereum="usdc"),
        "usdc on ethereum -> usdc on ethereum",
    ),
    "bridges.circle.token": (lambda raw: raw["bridges"]["circle"].update(token="gold"), "'gold'"),
    "bridges.layer.token": (lambda raw: raw["bridges"]["layer"].update(token="steth"), "steth, whose balances are rebased"),
    "bridges.fast.via": (lambda raw: raw["bridges"]["fast"].update(via="circle"), "'circle'"),
    "bridges.layer.loss_chain": (lambda raw: raw["bridges"]["layer"].update(loss="chain"), "None"),
    "bridges.gate.reserves.mars": (lambda raw: raw["bridges"]["gate"]["reserves"].update(mars=1.0), "'mars'"),
    "tokens.rseth_arb.claim": (lambda raw: raw["bridges"].pop("layer"), "rseth_arb on arbitrum -> no bridge"),
    "tokens.rseth.supply": (lambda raw: raw["tokens"]["rseth"].update(supply=100.0), "100, on which stand rseth_arb (4000)"),
    "tokens.wsteth.claim.backing elsewhere": (
        lambda raw: raw["tokens"]["pool_share"].update(chain="ethereum"),
        "pool_share on ethereum -> rseth_arb on arbitrum",
    ),
}


def test_the_world_of_nested_claims_on_two_chains_is_sound_and_runs():
    model = build(read(two_chains()).scenario, 1)
    world = model.world
    assert world.audit() == []
    layer, rollup = world.targets["layer"], world.targets["rollup"]
    assert layer.locked == world.ledgers["arbitrum"].supply("rseth_arb") == 4_000.0
    assert rollup.locked == pytest.approx(world.ledgers["arbitrum"].supply("eth"))
    assert world.target("layer", "ethereum") is world.target("layer", "arbitrum")
    assert world.targets["note"].chains == ("arbitrum", "ethereum")
    assert world.targets["note"].rates() == (pytest.approx(1 / 2_500.0),)
    for _ in range(144):
        model.step()
    assert world.targets["rseth"].price_of_one() > 0.9
    assert world.targets["pool_share"].price_of_one() > 1.0


def test_a_bridged_restaked_token_in_a_pool_share_as_collateral():
    raw = two_chains()
    raw["feeds"]["share_eth"] = {"chain": "arbitrum", "mechanism": {"kind": "exchange_rate", "claim": "claim:pool_share"}}
    raw["markets"] = {
        "lend": {
            "kind": "pooled", "chain": "arbitrum", "numeraire": "eth",
            "reserves": {
                "eth": {"ltv": 0.8, "liquidation_threshold": 0.85},
                "pool_share": {"feed": "share_eth", "ltv": 0.6, "liquidation_threshold": 0.7, "borrowable": False},
            },
        }
    }  # fmt: skip
    world = build(read(raw).scenario, 1).world
    user = world.accounts.open("user")
    world.ledgers["arbitrum"].move("pool_share", 0, user, 10.0)
    supply = Transaction((Supply(target="lend", token="pool_share", amount=10.0),))
    assert world.chains["arbitrum"].execute(user, supply, world.clock.now).ok
    before = world.targets["pool_share"].price_of_one()
    world.targets["layer"].drain(2_000.0)
    assert world.targets["rseth_arb"].price_of_one() == pytest.approx(0.5)
    assert world.targets["pool_share"].impaired > 0.0, "the loss has travelled up to the collateral"
    assert world.targets["pool_share"].price_of_one() > before, "in units of the bridged form the other token has become dearer"
    world.targets["layer"].resume()
    crossing = Transaction((Bridge(target="layer", token="rseth_arb", amount=1.0, to_chain="ethereum"),))
    assert world.chains["arbitrum"].execute(user, crossing, world.clock.now).status == "reverted"
    assert world.audit() == []


@pytest.mark.parametrize("case", CASES)
def test_bad_input_is_refused_with_the_path_that_shows_it(case):
    raw = two_chains()
    spoil, path = CASES[case]
    spoil(raw)
    with pytest.raises(BadInput) as found:
        read(raw)
    assert path in str(found.value)
    if " " not in case:
        assert case in {fault.place for fault in found.value.faults}


def test_all_faults_come_together():
    raw = two_chains()
    for case in ("bridges.layer.forms.mars", "bridges.fast.via", "tokens.wsteth.claim.backing"):
        CASES[case][0](raw)
    with pytest.raises(BadInput) as found:
        read(raw)
    assert len(found.value.faults) >= 3
