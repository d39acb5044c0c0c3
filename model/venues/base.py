"""The contract of a trading venue's mechanism."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from model.core.errors import BadInput, Refused
from model.core.params import Params
from model.core.registry import Plugin


class Pool(NamedTuple):
    """What a venue knows when it is asked: the ledger's balances of its account (tokens, in the venue's order), shares
    outstanding, the kind's own frozen ``state`` (None where it has none), the time in seconds, and, for a venue that
    trades at exogenous prices, the true price of each token in one numeraire.
    """

    balances: tuple[float, ...]
    shares: float
    state: Any
    now: float
    prices: tuple[float, ...] = ()


class Fill(NamedTuple):
    """A swap as quoted: amount received, trading fee (in the venue's ``fee_side`` token), state after."""

    received: float
    fee: float
    state: Any = None


@dataclass(frozen=True, slots=True)
class Change:
    """A change of liquidity as quoted: shares minted (or burned), token amounts taken in (or paid out), state after.

    Beside the caller's shares a change may mint ``locked`` shares, which belong to the venue's own account for ever, and
    ``protocol`` shares, which belong to the protocol's treasury; both are part of the shares outstanding.
    """

    shares: float
    amounts: tuple[float, ...]
    state: Any = None
    locked: float = 0.0
    protocol: float = 0.0


class Venue(Plugin, family="venues"):
    """Mechanism of a trading venue: gets numbers, gives numbers, holds no token, changes nothing.

    Implement ``spot``, ``swap``; venues with liquidity providers also ``add`` and ``remove`` (and, where they have them,
    ``remove_one``, ``remove_exact``). ``sell`` and ``buy`` are positions in the venue's token order. Amounts are tokens,
    prices buy tokens per sell token. Every method is a quote; the world moves the tokens and keeps ``state``.
    Raises ``Refused`` (reasons: ``insufficient_liquidity``, ``invalid_amount``, ``invalid_range``, ``not_offered``) where the
    venue would.
    """

    exogenous = False
    """True where the venue trades at the price board's true prices and settles against ``outside``."""

    fungible = True
    """Whether shares are one token of the ledger. Where False, positions live in ``state``, keyed by ``owner`` and ``terms``;
    the world mints no shares, and ``shares`` counts units of liquidity of one position.
    """

    fee_side = "buy"
    """The token of :attr:`Fill.fee`: ``buy`` or ``sell``."""

    fixed: ClassVar[tuple[str, ...]] = ()
    """Parameters that nobody may replace."""

    def __init__(self, params: Any) -> None:
        self.params = params

    def start(self, tokens: int, now: float) -> Any:
        """State of a fresh venue with ``tokens`` tokens (frozen dataclass, or None)."""
        return None

    def govern(self, pool: Pool, changes: Mapping[str, Any], terms: Any = None) -> tuple[Params, Any]:
        """Parameters after ``changes`` (name -> value), revalidated, and the state that goes with them.

        Raises:
            Refused: ``invalid_parameters`` for unknown names, impossible values and what is fixed at genesis.
        """
        held = self.params.model_dump() if self.params is not None else {}
        wrong = [name for name in changes if name not in held or name in self.fixed]
        if wrong:
            raise Refused("invalid_parameters", f"no parameter that can be replaced: {', '.join(wrong)}")
        try:
            return type(self.params).read({**held, **changes}), pool.state
        except BadInput as error:
            raise Refused("invalid_parameters", str(error)) from None

    @abstractmethod
    def spot(self, pool: Pool, sell: int, buy: int) -> float:
        """Marginal price before fees: buy tokens per sell token."""

    @abstractmethod
    def swap(self, pool: Pool, sell: int, buy: int, amount: float) -> Fill:
        """Sell exactly ``amount``."""

    def amount_to(self, pool: Pool, sell: int, buy: int, price: float) -> float:
        """Largest ``amount`` of ``sell`` whose marginal execution after fees still gets ``price`` buy tokens per sell token;
        0 where even the first unit gets less. Default: bisection on the marginal rate of :meth:`swap`.
        """
        reference = max(pool.balances[sell], 1e-12) if pool.balances else 1.0

        def marginal(amount: float) -> float:
            """Buy tokens per sell token of the next little bit, 0 where there is none."""
            step = max(amount, reference) * 1e-6
            try:
                before = self.swap(pool, sell, buy, amount).received if amount else 0.0
                return (self.swap(pool, sell, buy, amount + step).received - before) / step
            except Refused:
                return 0.0

        if marginal(0.0) <= price:
            return 0.0
        low, high = 0.0, reference * 1e-3
        while marginal(high) > price and high < reference * 1e6:
            low, high = high, high * 2.0
        for _ in range(60):
            middle = 0.5 * (low + high)
            low, high = (middle, high) if marginal(middle) > price else (low, middle)
        return low

    def amount_for(self, pool: Pool, sell: int, buy: int, received: float) -> float:
        """Amount of ``sell`` that yields exactly ``received`` (inverse of :meth:`swap`), to 1e-12 relative. Default: bisection.

        Raises:
            Refused: ``insufficient_liquidity`` where the venue cannot pay that much.
        """
        low, high = 0.0, max(received, 1e-12) / max(self.spot(pool, sell, buy), 1e-18)
        for _ in range(80):
            if self.swap(pool, sell, buy, high).received >= received:
                break
            low, high = high, high * 2.0
        else:
            raise Refused("insufficient_liquidity")
        for _ in range(100):
            middle = 0.5 * (low + high)
            low, high = (middle, high) if self.swap(pool, sell, buy, middle).received < received else (low, middle)
            if high - low <= 1e-12 * high:
                break
        return high

    def add(self, pool: Pool, amounts: tuple[float, ...], terms: Any = None, owner: int = -1) -> Change:
        """Shares minted for ``amounts`` and the amounts actually taken. ``terms`` are those of the action, ``owner`` the account
        that adds; kinds with fungible shares ignore both.
        """
        raise Refused("not_offered")

    def remove(self, pool: Pool, shares: float, terms: Any = None, owner: int = -1) -> Change:
        """Amounts of all tokens paid out for ``shares``; ``terms`` and ``owner`` as in :meth:`add`."""
        raise Refused("not_offered")

    def remove_one(self, pool: Pool, shares: float, buy: int) -> Change:
        """Payout of one token alone for ``shares``."""
        raise Refused("not_offered")

    def remove_exact(self, pool: Pool, amounts: tuple[float, ...]) -> Change:
        """Shares burned for exact ``amounts``."""
        raise Refused("not_offered")

    def protocol_fees(self, pool: Pool) -> Change:
        """Fees that the venue holds for the protocol, paid out: amounts and state after."""
        return Change(0.0, tuple(0.0 for _ in pool.balances), pool.state)

    def depth(self, pool: Pool, token: int, numeraire: int) -> float:
        """How deep the pair is, in the numeraire token: what a feed weighs its price by. Default: the reserve of the numeraire."""
        return self.reserves(pool)[numeraire]

    def reserves(self, pool: Pool) -> tuple[float, ...]:
        """Tokens that trade: the balances less what the venue holds for the protocol."""
        return pool.balances

    def virtual_price(self, pool: Pool) -> float:
        """Size of the pool's curve per share: trades move it by their fees alone, whatever the price does; 0 for an empty pool.

        Raises:
            Refused: ``not_offered`` where liquidity has no such measure.
        """
        raise Refused("not_offered")

    def share_value(self, pool: Pool) -> tuple[float, ...]:
        """Tokens behind one share (look-through)."""
        return tuple(amount / pool.shares for amount in pool.balances) if pool.shares > 0 else tuple(0.0 for _ in pool.balances)
