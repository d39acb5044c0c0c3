"""What markets that mint their own stablecoin share: supply booked to the source ``debt``, collateral at genesis, the market's identity."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from model.core.actions import ALL
from model.core.errors import Refused
from model.markets.bookkeeping import Bookkeeping
from model.world.accounts import OUTSIDE
from model.world.audit import Identity
from model.world.claim import ClaimToken

if TYPE_CHECKING:
    from model.world.world import World


class MintingMarket(Bookkeeping):
    """A market whose loans are new stablecoins. ``minted`` is what it has brought into existence, net of what it has burned, since genesis
    and at it; :meth:`unpaid` is what stands against it: debt of the positions and debt without a position. The two are equal.
    """

    stablecoin: str

    def __init__(self, world: World, name: str, chain: str, params: Any, numeraire: str) -> None:
        super().__init__(world, name, chain, params, numeraire)
        self.stablecoin = params.stablecoin
        self.ledger.register(self.stablecoin)
        self.minted = 0.0

    @abstractmethod
    def unpaid(self) -> float:
        """Stablecoins owed to the market, as booked at its last accrual, and those owed by nobody."""

    def mint(self, holder: int, amount: float) -> None:
        """Bring stablecoins into existence at a holder."""
        self.ledger.create(self.stablecoin, holder, amount, "debt")
        self.minted += amount

    def burn(self, holder: int, amount: float) -> float:
        """Take stablecoins (ALL for the balance) of a holder out of existence; returns how many.

        Raises:
            Refused: ``insufficient_balance``.
        """
        burned = self.ledger.destroy(self.stablecoin, holder, amount, "debt")
        self.minted -= burned
        return burned

    def pull(self, token: str, giver: int, amount: float) -> float:
        """Take tokens of a holder in; returns how many."""
        return self.ledger.move(token, giver, self.account, amount)

    def open_collateral(self, token: str, amount: float) -> None:
        """Genesis: bring the market's holding of a collateral token up to ``amount``; claims come from their holders outside."""
        missing = amount - self.ledger.balance(token, self.account)
        if missing <= 0.0:
            return
        if isinstance(self.world.targets.get(token), ClaimToken):
            self.ledger.move(token, OUTSIDE, self.account, missing)
        else:
            self.ledger.create(token, self.account, missing, "genesis")

    def open_debt(self, amount: float) -> None:
        """Genesis: the stablecoins that the opened positions owe were sold to the wider market."""
        self.mint(OUTSIDE, amount)

    def owner_pays(self, borrower: int | None, sender: int) -> None:
        """Refuse a repayment for somebody else, where the contract knows none."""
        if borrower is not None and borrower != sender:
            raise Refused("not_offered", "only owners repay here")

    def affordable(self, account: int, amount: float) -> float:
        """``amount``, or with ALL what the account holds of the stablecoin."""
        return self.ledger.balance(self.stablecoin, account) if amount == ALL else amount

    def audit(self) -> Iterable[Identity]:
        """Stablecoins minted and not burned equal debt, booked or without a position."""
        unpaid = self.unpaid()
        yield Identity(f"market.{self.name} minted {self.stablecoin}", self.minted, unpaid, max(self.gross(self.stablecoin), unpaid))

    def identity(self, what: str, found: float, expected: float, gross: float = 0.0) -> Identity:
        """An identity of this market."""
        return Identity(f"market.{self.name} {what}", found, expected, max(abs(found), abs(expected), gross))
