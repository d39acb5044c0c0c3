import pytest

from model.claims import Restaked
from model.claims.restaked import RestakedParams, ServiceParams
from model.core.draws import Draws
from model.core.errors import Refused
from model.core.units import DAY, YEAR

SERVICES = {
    "data": ServiceParams(allocation=0.5, severity=0.2, events_per_year=0.5),
    "oracle": ServiceParams(allocation=0.3, severity=1.0, events_per_year=0.5),
}


def strike_counts(correlation: float, years: int = 4_000) -> tuple[int, int, int]:
    claim = Restaked(RestakedParams(services=SERVICES, correlation=correlation))
    draws = Draws(5)
    common, data, oracle = (draws[name].normals(years) for name in ("common", "data", "oracle"))
    struck = [claim.struck(common[i], {"data": data[i], "oracle": oracle[i]}, YEAR) for i in range(years)]
    return sum("data" in hit for hit in struck), sum("oracle" in hit for hit in struck), sum(len(hit) == 2 for hit in struck)


def test_losses_of_services_add_within_their_allocations() -> None:
    claim = Restaked(RestakedParams(services=SERVICES))
    assert claim.slashed({"data": 0.2}) == pytest.approx(0.1)
    assert claim.slashed({"data": 1.0, "oracle": 0.5}) == pytest.approx(0.65)
    assert claim.loss(["data", "oracle"]) == pytest.approx(0.5 * 0.2 + 0.3)
    assert claim.loss([]) == 0.0


def test_shared_security_cannot_lose_more_than_the_stake() -> None:
    claim = Restaked(RestakedParams(services={name: ServiceParams(allocation=0.8) for name in "abc"}))
    assert claim.slashed(dict.fromkeys("abc", 1.0)) == 1.0
    with pytest.raises(Refused, match="invalid_amount"):
        claim.slashed({"d": 0.1})


def test_correlation_strikes_together_without_changing_how_often() -> None:
    expected = 1 - 2.718281828 ** (-0.5)
    together = []
    for correlation in (0.0, 0.8):
        data, oracle, both = strike_counts(correlation)
        assert data / 4_000 == pytest.approx(expected, abs=0.03)
        assert oracle / 4_000 == pytest.approx(expected, abs=0.03)
        together.append(both / 4_000)
    assert together[0] == pytest.approx(expected**2, abs=0.02)
    assert together[1] > 1.6 * together[0]


def test_the_buffer_pays_at_once_and_the_rest_waits_for_escrow_and_queue() -> None:
    claim = Restaked(RestakedParams(escrow_delay=7 * DAY, withdrawable_delay=0.0, sweep_delay=0.0))
    assert claim.wait(0.0, 100.0, 0.0, liquid=100.0) == 0.0
    assert claim.wait(57_600.0, 28_900.0, 0.0, liquid=100.0) == pytest.approx(8.5 * DAY)
    assert claim.wait(57_600.0, 28_800.0, 0.0) == pytest.approx(8.5 * DAY)
    assert claim.wait(None, 28_800.0, 0.0) == pytest.approx(7 * DAY), "restaked as another claim it is paid in that one after the escrow"


def test_the_operator_may_pause() -> None:
    paused = Restaked(RestakedParams().replaced(paused=True))
    assert paused.wait(0.0, 1.0, 0.0, liquid=100.0) is None
