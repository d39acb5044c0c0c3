"""Claims on the same native stake leave through one exit queue: its facts are stated once, or alike."""

import pytest

from experiments.build import build
from experiments.load import load, read, resolved
from experiments.scenario import Scenario
from model.core.errors import BadInput
from tests.experiments.small import small


def two(**other):
    """The small scenario with a restaked token on the same stake; ``other`` are parameters of that claim."""
    raw = small()
    raw["tokens"]["steth"]["claim"].update(others_queued=576_000.0)
    raw["tokens"]["ezeth"] = {"chain": "ethereum", "claim": {"kind": "restaked", **other}, "supply": 10_000.0}
    return raw


def test_a_fact_stated_once_holds_for_both_and_survives_the_resolved_scenario():
    loaded = read(two())
    assert loaded.scenario.tokens["ezeth"].claim.params.others_queued == 576_000.0
    again = read(resolved(loaded.scenario))
    assert again.scenario.resolved() == loaded.scenario.resolved()
    world = build(again.scenario, 1).world
    assert world.targets["ezeth"].line.queue is world.targets["steth"].line.queue
    assert world.targets["ezeth"].ahead == world.targets["steth"].ahead == 576_000.0


def test_contradictions_are_refused_with_both_places_and_values():
    raw = two(others_queued=0.0, churn_per_day=100.0)
    with pytest.raises(BadInput) as found:
        read(raw)
    (fault,) = found.value.faults
    assert fault.place == "tokens.ezeth.claim.others_queued"
    assert fault.value == "0.0"
    assert fault.allowed.startswith("576000.0, as tokens.steth.claim.others_queued says")
    with pytest.raises(BadInput, match=r"ezeth.others_queued: 0.0; allowed: 576000.0, as steth.others_queued says"):
        build(Scenario.model_validate(raw), 1)


def test_a_faulty_value_is_one_fault():
    raw = two()
    raw["tokens"]["steth"]["claim"].update(churn_per_day=-1.0)
    with pytest.raises(BadInput) as found:
        read(raw)
    assert [fault.place for fault in found.value.faults] == ["tokens.steth.claim.churn_per_day"]


def test_claims_on_claims_and_on_other_stakes_are_left_alone():
    raw = two(backing="steth", others_queued=5.0)
    raw["tokens"]["wsol"] = {"chain": "ethereum", "claim": {"kind": "staked", "backing": "usdc", "others_queued": 7.0}, "supply": 1.0}
    world = build(read(raw).scenario, 1).world
    assert sorted(world.exit_queues) == [("ethereum", "eth"), ("ethereum", "usdc")]
    assert world.targets["ezeth"].line.queue is None
    assert (world.targets["steth"].ahead, world.targets["wsol"].ahead) == (576_000.0, 7.0)


@pytest.mark.parametrize("name", ["two-chain-lst", "kelp-rseth-2026", "steth-2022"])
def test_shipped_scenarios_agree(name):
    scenario = load(name).scenario
    assert read(resolved(scenario)).scenario.resolved() == scenario.resolved()
