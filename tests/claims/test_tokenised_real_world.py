import pytest

from model.claims import TokenisedRealWorld
from model.claims.base import Cover
from model.claims.tokenised_real_world import TokenisedRealWorldParams, settlement
from model.core.units import DAY, HOUR, parse_time

MONDAY = parse_time("2025-06-02")
FRIDAY = parse_time("2025-06-06")


def test_net_asset_value_moves_at_posts() -> None:
    claim = TokenisedRealWorld(TokenisedRealWorldParams(yield_per_year=0.0365))
    assert claim.period() == DAY
    assert claim.reward(1e6, DAY) == pytest.approx(100.0)


def test_settlement_skips_weekends() -> None:
    assert settlement(MONDAY, 2, True) == MONDAY + 2 * DAY
    assert settlement(FRIDAY + 10 * HOUR, 1, True) == FRIDAY + 3 * DAY + 10 * HOUR
    assert settlement(FRIDAY + DAY, 1, True) == FRIDAY + 3 * DAY
    assert settlement(FRIDAY, 1, False) == FRIDAY + DAY
    assert settlement(FRIDAY, 0, True) == FRIDAY


def weekly(**changes: object) -> TokenisedRealWorld:
    values = {"first_window": "2025-06-02", "window_period": 7 * DAY, "window_length": DAY, "settlement_days": 2, **changes}
    return TokenisedRealWorld(TokenisedRealWorldParams.read(values))


def test_redemption_deals_in_windows() -> None:
    assert weekly().wait(0.0, 1.0, MONDAY + HOUR) == pytest.approx(2 * DAY)
    assert weekly().wait(0.0, 1.0, MONDAY + DAY) == pytest.approx(6 * DAY + 2 * DAY)
    assert weekly().wait(0.0, 1.0, FRIDAY) == pytest.approx(3 * DAY + 2 * DAY)


def test_a_window_over_its_limit_defers_to_the_next() -> None:
    claim = weekly(window_limit=100.0)
    assert claim.wait(0.0, 100.0, MONDAY) == pytest.approx(2 * DAY)
    assert claim.wait(60.0, 50.0, MONDAY + HOUR) == pytest.approx(7 * DAY - HOUR + 2 * DAY)
    assert claim.wait(250.0, 50.0, FRIDAY) == pytest.approx(3 * DAY + 14 * DAY + 2 * DAY)


def test_only_the_admitted_may_hold() -> None:
    claim = weekly(admitted=["market horizon", "funds"])
    assert claim.may_hold("market horizon")
    assert claim.may_hold("funds[12]")
    assert not claim.may_hold("liquidators[0]")
    assert weekly().may_hold("anybody")


def test_default_leaves_a_recovery_paid_late() -> None:
    claim = weekly(recovery=0.4, recovery_delay=100 * DAY, defaulted_at="2025-06-06")
    assert claim.impair(Cover((1_000.0,), 900.0, FRIDAY), 1.0) == (pytest.approx(600.0),)
    assert claim.impair(Cover((1_000.0,), 900.0, FRIDAY), 0.5) == (pytest.approx(300.0),)
    assert claim.wait(0.0, 1.0, FRIDAY + DAY) == pytest.approx(99 * DAY)
    assert claim.wait(0.0, 1.0, FRIDAY + 400 * DAY) == 0.0
    assert not claim.mintable(FRIDAY)
    assert claim.mintable(MONDAY)
    assert claim.reward(1e6, DAY) == 0.0
