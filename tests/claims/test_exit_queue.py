import pytest

from model.claims import Restaked, Staked, exit_queue
from model.claims.exit_queue import ExitQueueParams
from model.core.errors import BadInput
from model.core.units import DAY, parse_time


def test_redemption_arbitrage_yield_of_the_published_example() -> None:
    assert exit_queue.redemption_yield(0.006, 9.0) == pytest.approx(0.245, abs=5e-4)
    assert exit_queue.break_even_discount(exit_queue.redemption_yield(0.006, 9.0), 9.0) == pytest.approx(0.006, rel=1e-12)


def test_queue_of_nine_days_at_the_churn_of_pectra() -> None:
    assert exit_queue.queue_wait(518_400.0, 57_600.0) == pytest.approx(9 * DAY)
    assert pytest.approx(57_600.0) == 256.0 * exit_queue.EPOCHS_PER_DAY == ExitQueueParams().churn


@pytest.mark.parametrize(
    ("validators", "churn"),
    [
        (100_000, 4 * 32 * 225),  # below 4 * 65,536 the floor of four holds
        (4 * 65_536, 4 * 32 * 225),
        (5 * 65_536 - 1, 4 * 32 * 225),
        (400_000, 6 * 32 * 225),
        (1_053_742, 115_200),  # 16 an epoch, 3,600 a day
    ],
)
def test_churn_before_pectra(validators: float, churn: float) -> None:
    assert exit_queue.validator_churn(validators) == churn
    assert ExitQueueParams(churn_rule="validators", validators=validators).churn == churn


def test_wait_adds_queue_own_exit_and_fixed_delays() -> None:
    params = ExitQueueParams(sweep_delay=3_600.0)
    assert exit_queue.exit_wait(params, 57_600.0, 28_800.0) == pytest.approx(1.5 * DAY + 98_304.0 + 3_600.0)
    assert exit_queue.exit_wait(params, None, 28_800.0) == 0.0, "what is itself a claim leaves through no queue of validators"


def test_redemption_is_closed_before_it_opens() -> None:
    params = ExitQueueParams.read({"redemption_opens": "2023-04-12T22:27:35Z"})
    for claim in (Staked(Staked.Params(**params.model_dump())), Restaked(Restaked.Params(**params.model_dump()))):
        assert claim.wait(0.0, 1.0, parse_time("2022-06-18")) is None
        assert claim.wait(0.0, 1.0, parse_time("2023-05-15")) is not None


def test_opening_date_must_be_a_date() -> None:
    with pytest.raises(BadInput, match=r"claims.steth.redemption_opens: 'soon'; allowed: an ISO 8601 date"):
        ExitQueueParams.read({"redemption_opens": "soon"}, "claims.steth")


def test_queue_drains_net_of_arrivals_and_never_below_zero() -> None:
    assert exit_queue.queue_after(100_000.0, DAY, 57_600.0, 7_600.0) == pytest.approx(50_000.0)
    assert exit_queue.queue_after(100_000.0, 30 * DAY, 57_600.0) == 0.0
    assert exit_queue.queue_after(0.0, DAY, 57_600.0, 67_600.0) == pytest.approx(10_000.0)


def test_a_queue_seen_later_leaves_the_same_moment_of_exit() -> None:
    # First come first served: waiting half a day shortens what is ahead by half a day's churn.
    at_once = exit_queue.queue_wait(200_000.0, 57_600.0)
    later = 0.5 * DAY + exit_queue.queue_wait(exit_queue.queue_after(200_000.0, 0.5 * DAY, 57_600.0), 57_600.0)
    assert later == pytest.approx(at_once)
