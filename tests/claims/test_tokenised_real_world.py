import pytest

from model.claims import TokenisedRealWorld
from model.claims.base import Cover, Dealing, Turn
from model.claims.tokenised_real_world import TokenisedRealWorldParams, settlement
from model.core.errors import BadInput, Refused
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


def test_a_request_beyond_a_windows_limit_is_split_over_the_next_ones() -> None:
    claim = weekly(window_limit=100.0)
    assert claim.deals(100.0, MONDAY, {}) == (Dealing(0, 100.0, MONDAY + 2 * DAY),)
    two = claim.deals(50.0, MONDAY + HOUR, {0: 60.0})
    assert two == (Dealing(0, 40.0, MONDAY + HOUR + 2 * DAY), Dealing(1, 10.0, MONDAY + 9 * DAY))
    assert [(part.window, part.amount) for part in claim.deals(250.0, FRIDAY, {1: 100.0})] == [(2, 100.0), (3, 100.0), (4, 50.0)]
    with pytest.raises(Refused, match="window_limit"):
        claim.deals(1e6, MONDAY, {})


def test_nobody_deals_on_a_weekend_unless_it_is_a_business_day() -> None:
    daily = {"window_period": DAY, "window_length": DAY, "window_limit": 100.0, "settlement_days": 0}
    dues = [part.due for part in weekly(**daily).deals(300.0, FRIDAY + HOUR, {})]
    assert dues == [FRIDAY + HOUR, FRIDAY + 3 * DAY, FRIDAY + 4 * DAY]
    every = weekly(**daily, business_days=False).deals(300.0, FRIDAY + HOUR, {})
    assert [part.due for part in every] == [FRIDAY + HOUR, FRIDAY + DAY, FRIDAY + 2 * DAY]
    long = weekly(window_period=7 * DAY, window_length=3 * DAY, first_window="2025-06-07")
    assert long.deals(1.0, FRIDAY, {})[0].due == FRIDAY + 5 * DAY, "a window that opens on a Saturday deals on its Monday"
    with pytest.raises(BadInput, match="weekend"):
        weekly(first_window="2025-06-07")


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
    assert claim.earning(MONDAY, MONDAY + DAY) == DAY, "until then it earns"
    assert claim.earning(FRIDAY - HOUR, FRIDAY + DAY) == HOUR
    assert claim.earning(FRIDAY + DAY, FRIDAY + 2 * DAY) == 0.0
    assert (claim.yield_per_year(MONDAY, 0.0), claim.yield_per_year(FRIDAY, 0.0)) == (0.045, 0.0)
    assert claim.deals(1.0, FRIDAY, {}) == ()
    assert claim.turn() == Turn(FRIDAY, "default", 0.6, FRIDAY + 100 * DAY)
