import pytest

from model.claims import Wrapped
from model.claims.base import Cover
from model.core.units import YEAR


def test_wrapper_follows_the_rebase_and_is_at_once() -> None:
    wrapper = Wrapped(Wrapped.Params())
    issue = wrapper.mint(Cover((110.0,), 100.0, 0.0), (11.0,))
    assert issue.minted == pytest.approx(10.0)
    assert wrapper.rate(Cover((110.0 * 0.95,), 100.0, 0.0)) == (pytest.approx(1.045),)
    assert wrapper.wait(1e9, 1e9, 0.0) == 0.0
    assert wrapper.period() is None
    assert wrapper.reward(110.0, YEAR) == 0.0
