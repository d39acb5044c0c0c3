"""What a liquidator was given as deposits where cash was short: withdrawn when it is back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from model.core.actions import Action, Swap, Transaction, Withdraw
from model.view import View

_MOST_IMPACT, _HALVINGS = 0.02, 6


@dataclass(frozen=True, slots=True)
class Deposit:
    """A deposit in a market: ``token`` as the market knows it (``token@chain`` of a hub), ``chain`` where it is paid out, and the token
    ``into`` which it is sold in the same transaction; empty where it is paid out later, after at most ``wait`` seconds.
    """

    market: str
    token: str
    chain: str
    into: str = ""
    wait: float = field(default=0.0, compare=False)

    @property
    def name(self) -> str:
        """The token's name on its chain."""
        return self.token.partition("@")[0]


class Deposits:
    """Deposits that a liquidator has, or may have when what it asked for has been settled."""

    def __init__(self) -> None:
        self._until: dict[Deposit, float] = {}

    def expect(self, deposit: Deposit, until: float) -> None:
        """Look for a deposit at least until then (seconds)."""
        self._until[deposit] = max(until, self._until.get(deposit, until))

    def on(self, chain: str) -> list[Deposit]:
        """Deposits that are paid out on a chain."""
        return [one for one in self._until if one.chain == chain]

    def __bool__(self) -> bool:
        return bool(self._until)

    def withdrawals(self, view: View, slippage: float, tip: float) -> Iterator[Transaction]:
        """Requests for what can be paid out on the view's chain now and is worth the fees, sold where that moves the price little."""
        asked: set[tuple[str, str]] = set()
        gas, cost = view.gas_token(), 2.0 * view.gas_cost("withdraw", "swap", tip=tip)
        for deposit in self.on(view.chain):
            market = view.market(deposit.market)
            if not market.deposits_of(view.account).get(deposit.name, 0.0) > 0.0:
                if self._until[deposit] < view.now:
                    del self._until[deposit]
                continue
            amount = market.withdrawable(view.account, deposit.token)
            place = (deposit.market, deposit.token)
            if place in asked or amount * view.worth(deposit.name, 1.0, gas) <= cost:
                continue
            asked.add(place)
            amount, swaps = _sale(view, deposit, amount, slippage)
            taken = Withdraw(target=deposit.market, token=deposit.name, amount=amount)
            actions: tuple[Action, ...] = (taken, *swaps)
            because = view.because("liquidation") if swaps else None
            yield Transaction(actions, tip=tip, because=because, expires_at=view.now + 300.0, chain=view.chain)


def _sale(view: View, deposit: Deposit, amount: float, slippage: float) -> tuple[float, tuple[Swap, ...]]:
    """How much to withdraw at once, and its sale: the rest earns interest where it is."""
    if not deposit.into or deposit.into == deposit.name:
        return amount, ()
    route = view.route(deposit.name, deposit.into, amount)
    for _ in range(_HALVINGS):
        if route.received >= (1.0 - _MOST_IMPACT) * view.worth(deposit.name, amount, deposit.into):
            break
        amount *= 0.5
        route = view.route(deposit.name, deposit.into, amount)
    return amount, route.swaps(slippage, of_previous=True)
