"""The documented table of the toxic frontier is what the mechanisms do, and what the closed forms say."""

from pathlib import Path

import pytest

from experiments.frontier_table import BONUS, LTVS, MECHANISMS, refreshed
from model.liquidation.frontier import exhausted_bad_debt, halted_bad_debt, toxic_ltv

PAGE = Path(__file__).parents[2] / "docs" / "toxic-frontier.md"


def test_the_page_is_up_to_date():
    text = PAGE.read_text(encoding="utf-8")
    assert refreshed(text) == text


@pytest.mark.parametrize("name", ["Aave v2", "Aave v3.0", "Aave v3.3", "Aave v4", "Compound v2"])
@pytest.mark.parametrize("ltv", LTVS)
def test_fixed_spreads_end_where_the_closed_form_says(name, ltv):
    bad_debt, helps = MECHANISMS[name](ltv)
    assert bad_debt == pytest.approx(exhausted_bad_debt(100.0, 100.0 * ltv, BONUS), abs=1e-6)
    assert helps == (ltv < toxic_ltv(BONUS))


@pytest.mark.parametrize("ltv", LTVS)
def test_sales_at_the_market_price_lose_what_was_missing(ltv):
    for name in ("Maker, Dutch auction", "Maker, English auction", "Liquity, stability pool"):
        assert MECHANISMS[name](ltv)[0] == pytest.approx(halted_bad_debt(100.0, 100.0 * ltv), abs=1e-9)
