import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.claims import Staked
from model.claims.base import Claim, Cover
from model.claims.staked import StakedParams
from model.core.errors import Refused
from model.core.units import DAY, YEAR

AMOUNTS = st.floats(1e-3, 1e8)


def test_rewards_are_simple_and_do_not_depend_on_the_split_of_time() -> None:
    claim = Staked(StakedParams(yield_per_year=0.03))
    assert claim.reward(1_000.0, YEAR) == pytest.approx(30.0)
    assert claim.reward(1_000.0, DAY) * 365 == pytest.approx(claim.reward(1_000.0, YEAR))
    assert claim.period() == DAY


def test_rebasing_is_a_choice() -> None:
    assert Staked(StakedParams()).rebasing
    assert not Staked(StakedParams(rebases=False)).rebasing


def test_rate_accrues_for_a_fixed_balance() -> None:
    claim = Staked(StakedParams(rebases=False))
    backing = 110.0 + claim.reward(110.0, YEAR)
    assert claim.rate(Cover((backing,), 100.0, 0.0))[0] == pytest.approx(1.1 * (1 + claim.params.yield_per_year))


@given(backing=AMOUNTS, supply=AMOUNTS, amount=AMOUNTS)
@settings(max_examples=40, deadline=None)
def test_minting_and_redeeming_leave_the_rate_as_it_was(backing: float, supply: float, amount: float) -> None:
    claim = Staked(StakedParams())
    before = Cover((backing,), supply, 0.0)
    issue = claim.mint(before, (amount,))
    after = Cover((backing + issue.taken[0],), supply + issue.minted, 0.0)
    assert claim.rate(after)[0] == pytest.approx(claim.rate(before)[0], rel=1e-9)
    assert claim.redeem(after, issue.minted)[0] == pytest.approx(amount, rel=1e-9)


def test_slashing_lowers_the_rate_for_all_alike() -> None:
    claim = Staked(StakedParams(rebases=False))
    lost = claim.impair(Cover((120.0,), 100.0, 0.0), 0.05)
    assert lost == (pytest.approx(6.0),)
    assert claim.rate(Cover((120.0 - lost[0],), 100.0, 0.0))[0] == pytest.approx(1.14)
    with pytest.raises(Refused, match="invalid_amount"):
        claim.impair(Cover((120.0,), 100.0, 0.0), 1.5)


def test_nothing_is_minted_on_backing_that_is_gone() -> None:
    with pytest.raises(Refused, match="no_backing"):
        Staked(StakedParams()).mint(Cover((0.0,), 100.0, 0.0), (1.0,))


@pytest.mark.parametrize("amount", [0.0, -1.0, 100.1, float("nan")])
def test_redemption_is_bounded_by_supply(amount: float) -> None:
    with pytest.raises(Refused, match="invalid_amount"):
        Staked(StakedParams()).redeem(Cover((100.0,), 100.0, 0.0), amount)


def test_the_wait_is_the_line_ahead_and_the_own_exit() -> None:
    claim = Staked(StakedParams(withdrawable_delay=0.0, sweep_delay=0.0))
    assert claim.wait(576_000.0, 57_600.0, 0.0) == pytest.approx(11 * DAY)
    assert claim.wait(None, 57_600.0, 0.0) == 0.0, "on another claim there is no stake to leave"


def test_all_kinds_are_registered() -> None:
    kinds = {"bridged", "fixed_maturity", "pool_share", "restaked", "staked", "synthetic", "tokenised_real_world", "wrapped"}
    assert kinds <= set(Claim.kinds)
