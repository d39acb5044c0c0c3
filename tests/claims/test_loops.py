import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.claims import loops


@given(ltv=st.floats(0.0, 1.0), rounds=st.integers(0, 40))
@settings(max_examples=50, deadline=None)
def test_leverage_is_the_sum_of_the_rounds(ltv: float, rounds: int) -> None:
    assert loops.leverage(ltv, rounds) == pytest.approx(sum(ltv**n for n in range(rounds + 1)), rel=1e-6)


def test_endless_loops() -> None:
    assert loops.leverage_limit(0.9) == pytest.approx(10.0)
    assert loops.leverage(0.9, 500) == pytest.approx(loops.leverage_limit(0.9))
    with pytest.raises(ValueError, match="ltv 1"):
        loops.leverage_limit(1.0)
    with pytest.raises(ValueError, match="loops -1"):
        loops.leverage(0.5, -1)


def test_net_yield_is_zero_at_the_break_even_rate() -> None:
    rate = loops.break_even_rate(5.0, 0.03)
    assert rate == pytest.approx(0.0375)
    assert loops.net_yield(5.0, 0.03, rate) == pytest.approx(0.0)
    assert loops.net_yield(5.0, 0.03, 0.025) == pytest.approx(0.05)
    assert loops.break_even_rate(1.0, 0.03) == float("inf")


def test_unwinding_costs_from_the_books() -> None:
    leverage, discount = 4.0, 0.05
    # Everything sold: proceeds less debt against the equity of 1.
    assert loops.unwind_all_cost(leverage, discount) == pytest.approx(1.0 - (leverage * (1 - discount) - (leverage - 1)))
    # Only what repays the debt is sold; what remains counts at par.
    sold = (leverage - 1) / (1 - discount)
    assert loops.unwind_debt_cost(leverage, discount) == pytest.approx(1.0 - (leverage - sold))
    assert loops.unwind_debt_cost(leverage, discount) == pytest.approx(0.157895, abs=1e-6)
