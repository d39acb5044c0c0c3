"""The four shocks to bridges, each on every kind of bridge that can suffer it, in a running ecosystem whose books are audited each tick."""

from __future__ import annotations

import pytest

from experiments.build import build
from experiments.load import read
from model.bridges.base import Bridge
from model.core.actions import Bridge as Send
from model.core.actions import Transaction
from model.shocks.base import Shock
from tests.experiments.two_chains import two_chains

KINDS = {"layer": "lock_and_mint", "rollup": "canonical", "fast": "solvers", "circle": "burn_and_mint", "gate": "liquidity"}
SHOCKS = {name: kind.failure for name, kind in Shock.kinds.items() if kind.failure}
CASES = [(shock, bridge) for shock, failure in SHOCKS.items() for bridge, kind in KINDS.items() if failure in Bridge.kinds[kind].failures]


def lively():
    """Two chains with a market on each side of the bridged claim, lenders who run from its loss, borrowers, reporters, liquidators."""
    raw = two_chains()
    raw["feeds"]["form_eth"] = {"chain": "arbitrum", "mechanism": {"kind": "market", "sources": ["venue:camelot rseth_arb/eth"]}}
    raw["markets"] = {
        "lend": {
            "kind": "pooled", "chain": "arbitrum", "numeraire": "eth",
            "reserves": {
                "eth": {"ltv": 0.8, "liquidation_threshold": 0.85},
                "rseth_arb": {"feed": "form_eth", "ltv": 0.7, "liquidation_threshold": 0.75, "borrowable": False},
            },
        }
    }  # fmt: skip
    raw["agents"] = {
        "keepers": {"kind": "depositor", "chain": "arbitrum", "market": "lend", "token": "eth", "supplied": 1_000.0},
        "lenders": {"kind": "runner", "chain": "arbitrum", "market": "lend", "token": "eth", "supplied": 2_000.0, "count": 5,
                    "claim": "rseth_arb", "hesitation": 300.0},
        "borrowers": {"kind": "flat_book", "chain": "arbitrum", "market": "lend", "collateral": "rseth_arb", "debt": "eth",
                      "total": 1_000.0, "count": 20, "ltv": [0.3, 0.65]},
        "oracles": {"kind": "honest", "chain": "arbitrum"},
        "liquidators": {"kind": "inventory", "chain": "arbitrum", "count": 1, "capital": {"eth": 200.0}},
        "thief": {"kind": "elastic_demand", "chain": "arbitrum", "venue": "camelot", "claim": "rseth_arb", "backing": "eth",
                  "depth": 50.0, "slope": 0.2},
    }  # fmt: skip
    return raw


def strike(shocks, ticks=12, sent=()):
    """A run tick by tick: ``sent`` are (bridge, amount, from, to) crossings on their way when the first block is built."""
    raw = lively()
    raw["shocks"] = shocks
    model = build(read(raw).scenario, 1)
    world = model.world
    user = world.accounts.open("user")
    for name, amount, start, end in sent:
        bridge = world.targets[name]
        token, ledger = bridge.tokens[start], world.ledgers[start]
        if token in world.targets:
            ledger.move(token, 0, user, amount)
        else:
            ledger.create(token, user, amount, "genesis")
        if name in ("rollup", "fast") and start != bridge.chain:
            world.targets["rollup"].open_native()
        crossing = Transaction((Send(target=name, token=token, amount=amount, to_chain=end),))
        assert world.chains[start].execute(user, crossing, world.clock.now).ok
    seen = []
    for _ in range(ticks):
        model.step()
        assert world.audit() == []
        seen.append({bridge.name: bridge.in_flight() for bridge in world.all(Bridge)})
        check_backing(world)
    return model, user, seen


def check_backing(world):
    """Across every bridge that backs or burns: forms and tokens in flight = locked backing + declared hole, told from the ledgers."""
    for name in ("layer", "rollup"):
        bridge = world.targets[name]
        forms = sum(world.ledgers[chain].sources(token)["bridge"] for chain, token in bridge.params.forms.items())
        native = sum(bridge.native.get(chain, 0.0) for chain in bridge.params.forms)
        shared = sum(world.targets["fast"].created(chain) for chain in bridge.params.forms) if name == "rollup" else 0.0
        assert forms + native - shared + bridge.in_flight() == pytest.approx(bridge.locked + bridge.hole, rel=1e-9)
        assert world.ledgers["ethereum"].balance(bridge.params.token, bridge.account) == pytest.approx(bridge.locked, rel=1e-9)
    circle = world.targets["circle"]
    net = sum(world.ledgers[chain].sources("usdc")["bridge"] for chain in circle.chains)
    assert net + circle.in_flight() == pytest.approx(circle.hole, abs=1e-6)


def blow(kind, bridge, **more):
    extra = {"bridge_drain": {"amount": 300.0}, "unbacked_mint": {"on": "arbitrum", "amount": 300.0}, "bridge_halt": {"lasts": 3_000.0}}
    return {"kind": kind, "at": 1_200.0, "bridge": bridge, **extra.get(kind, {}), **more}


@pytest.mark.parametrize(("kind", "bridge"), CASES)
def test_every_kind_suffers_what_it_can_and_the_books_hold(kind, bridge):
    crossing = (bridge, 10.0, "ethereum", "arbitrum")
    model, user, _ = strike({"blow": blow(kind, bridge)}, sent=[crossing])
    world = model.world
    steps = list(world.events.frame("shocks")["step"])
    assert steps == (["start", "end"] if kind == "bridge_halt" else ["start"])
    found = world.targets[bridge]
    if kind == "bridge_drain":
        taken = world.events.frame("bridge_messages").query("step == 'drained'")["amount"].sum()
        assert taken == pytest.approx(300.0)
    if kind == "unbacked_mint":
        assert found.hole == pytest.approx(300.0)
    if bridge != "rollup" or kind != "bridge_halt":
        assert world.ledgers["arbitrum"].balance(found.tokens["arbitrum"], user) > 9.0, "what was on its way has arrived"


@pytest.mark.parametrize("bridge", sorted(KINDS))
def test_a_halt_holds_up_what_is_in_flight_and_lets_it_arrive_afterwards(bridge):
    halt = {"kind": "bridge_halt", "at": 0.0, "lasts": 3_000.0, "bridge": bridge}
    model, user, seen = strike({"halt": halt}, ticks=8, sent=[(bridge, 10.0, "ethereum", "arbitrum")])
    assert [one[bridge] for one in seen[:4]] == pytest.approx([seen[0][bridge]] * 4)
    assert seen[0][bridge] > 9.0
    assert seen[-1][bridge] == pytest.approx(0.0, abs=1e-9)
    form = model.world.targets[bridge].tokens["arbitrum"]
    assert model.world.ledgers["arbitrum"].balance(form, user) == pytest.approx(seen[0][bridge])


def test_messages_in_flight_through_halt_drain_and_allocation():
    shocks = {
        "halt": {"kind": "bridge_halt", "at": 0.0, "lasts": 2_400.0, "bridge": "layer"},
        "drain": {"kind": "bridge_drain", "at": 600.0, "bridge": "layer", "amount": 2_500.0, "to": "thief"},
        "loss": {"kind": "bridge_loss", "at": 3_000.0, "bridge": "layer", "rule": "bridged"},
    }
    model, _, seen = strike(shocks, sent=[("layer", 400.0, "ethereum", "arbitrum"), ("layer", 100.0, "arbitrum", "ethereum")])
    layer = model.world.targets["layer"]
    assert seen[0]["layer"] == pytest.approx(500.0)
    assert seen[-1]["layer"] == pytest.approx(0.0, abs=1e-9)
    assert layer.rule == "bridged"
    rate = model.world.targets["rseth_arb"].price_of_one()
    assert rate == pytest.approx(layer.locked / model.world.ledgers["arbitrum"].supply("rseth_arb"))
    assert 0.3 < rate < 0.6


def test_lenders_run_from_a_drain_and_not_without_it():
    drain = {"kind": "bridge_drain", "at": 1_200.0, "bridge": "layer", "amount": 2_000.0}
    struck, calm = strike({"drain": drain})[0], strike({})[0]
    left = struck.world.targets["lend"].totals()["eth"]["supplied"], calm.world.targets["lend"].totals()["eth"]["supplied"]
    assert left == pytest.approx((1_000.0, 3_000.0), rel=1e-3), "the runners, and nobody else"


@pytest.mark.parametrize("rule", ["spread", "bridged", "insured"])
def test_a_whole_drain_leaves_a_run_standing(rule):
    shocks = {
        "drain": {"kind": "bridge_drain", "at": 600.0, "bridge": "layer", "amount": 1e9},
        "loss": {"kind": "bridge_loss", "at": 2_400.0, "bridge": "layer", "rule": rule},
        "more": {"kind": "unbacked_mint", "at": 3_000.0, "bridge": "layer", "on": "arbitrum", "amount": 1e6, "to": "thief"},
    }
    model = strike(shocks)[0]
    assert model.world.targets["layer"].locked == pytest.approx(4_000.0 if rule == "spread" else 0.0)


def test_every_kind_of_bridge_and_every_shock_to_it_is_tried():
    assert set(KINDS.values()) == set(Bridge.kinds)
    assert set(SHOCKS) == {"bridge_halt", "bridge_drain", "unbacked_mint", "bridge_loss"}
    assert {kind for kind, _ in CASES} == set(SHOCKS)
    assert len(CASES) == 5 + 4 + 3 + 2
