"""Kind ``maker``: vaults that mint a stablecoin against collateral; a stability fee accrues; unsafe vaults are auctioned.

Source: MakerDAO dss (commit fa4f663) Vat, Jug, Spotter, Dog, Clipper, Vow; Cat and Flipper for English auctions; DssFlash.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from pydantic import model_validator

from model.core.actions import Bid, Borrow, Repay, Supply, Take, Trigger, Withdraw
from model.core.choice import chosen
from model.core.draws import Floats
from model.core.errors import Refused
from model.core.params import Params, param
from model.losses.base import LossRule
from model.markets import maker_dutch, maker_english, maker_vow
from model.markets.base import Offer
from model.markets.bookkeeping import ROUNDING
from model.markets.maker_auctions import Bark, LotNumber, find_lot, is_dutch
from model.markets.maker_state import AUCTIONS, LOSS, Lot, MakerState, VaultType, VaultTypeParams
from model.world.target import Call

if TYPE_CHECKING:
    from model.world.world import World


@dataclass(frozen=True, slots=True)
class OfType:
    """Terms of a supply, withdrawal, borrowing or repayment: of which vault type; needed where the token leaves a choice."""

    type: str


class MakerParams(Params):
    """A debt-minting market of vaults (defaults: the shape of Maker's system)."""

    stablecoin: str = param("dai", unit="token", description="Token that it mints")
    numeraire: str = param("usd", unit="token or usd", description="Unit in which the feeds state prices; the stablecoin counts as 1")
    types: dict[str, VaultTypeParams] = param(unit="table", min_length=1, description="Vault types by name")
    ceiling: float = param(1e10, unit="debt token", ge=0, description="Most debt in all", source="Vat.Line")
    hole: float = param(1e9, unit="debt token", gt=0, description="Most debt, with penalty, on auction in all", source="Dog.Hole")
    loss: chosen(LossRule) = param(LOSS, unit="kind", description="Who bears what auctions do not raise")  # type: ignore[valid-type]
    governance_token: str = param("", unit="token", description="Token of debt and surplus auctions; empty for none of either")
    wait: float = param(561_600.0, unit="seconds", ge=0, description="Time before liquidated debt may be covered", source="Vow.wait")
    bid_lifetime: float = param(10_800.0, unit="seconds", gt=0, description="Debt and surplus auctions: a bid wins", source="Flopper.ttl")
    auction_length: float = param(
        172_800.0, unit="seconds", gt=0, description="Debt and surplus auctions: bidding ends", source="Flopper.tau"
    )
    flash_line: float = param(
        0.0, unit="debt token", ge=0, description="Most stablecoins minted for one transaction", source="DssFlash.max"
    )

    @model_validator(mode="after")
    def _has_auctions(self) -> Self:
        for name, kind in self.types.items():
            if kind.auction.kind not in AUCTIONS:
                raise ValueError(f"types.{name}.auction: {' or '.join(AUCTIONS)} (not {kind.auction.kind})")
        return self


class Maker(MakerState, kind="maker"):
    """A market of vaults in place. ``Supply`` and ``Withdraw`` lock and free collateral, ``Borrow`` and ``Repay`` draw and wipe debt.

    Refuses with ``not_listed``, ``which_type``, ``no_position``, ``no_debt``, ``invalid_amount``, ``insufficient_balance``,
    ``insufficient_collateral``, ``ceiling_exceeded``, ``dust``, ``healthy``, ``rebasing_token``, ``stopped``, and what its auctions refuse.

    Assumes: collateral tokens do not rebase (the contracts' adapters take wrapped ones).
    """

    Params = MakerParams
    params: MakerParams
    lent_in = ("stablecoin",)
    takes_deposits = False
    verbs = frozenset({"supply", "withdraw", "borrow", "repay", "trigger", "take", "bid", "govern"})
    governed = (
        *(f"types.*.{name}" for name in ("feed", "liquidation_ratio", "stability_fee", "ceiling", "dust", "hole", "auction", "stopped")),
        "ceiling", "hole", "loss", "wait", "bid_lifetime", "auction_length", "flash_line",
    )  # fmt: skip

    def __init__(self, world: World, name: str, chain: str, params: MakerParams) -> None:
        super().__init__(world, name, chain, params)

    def open_positions(self, accounts: range, supplied: dict[str, Floats], owed: dict[str, Floats]) -> None:
        """Genesis: vaults for a population, collateral by token or type (tokens). Debt goes to the vaults in proportion to what they carry.

        Raises:
            ValueError: debt of an account without collateral.
        """
        rows = self.book.rows(accounts)
        place, data, split = slice(rows.start, rows.stop), self.book.data, len(self.types)
        for name, amounts in supplied.items():
            data[self._type(name, None).column, place] += amounts
        carried = data[:split, place] * self.weigh()[0].T
        total = carried.sum(axis=0)
        for amounts in owed.values():
            if (amounts[total == 0.0] > 0.0).any():
                raise ValueError(f"{self.name}: debt without collateral")
            data[split:, place] += amounts * carried / total.clip(min=1e-300)
        for kind in self.types.values():
            kind.total = float(data[split + kind.column].sum())

    def open_cash(self) -> None:
        """Genesis: the collateral of all vaults; the stablecoins that they owe stand outside."""
        needed: dict[str, float] = {}
        for kind in self.types.values():
            needed[kind.token] = needed.get(kind.token, 0.0) + float(self.book.data[kind.column].sum())
        for token, amount in needed.items():
            self.open_collateral(token, amount)
        self.open_debt(self.unpaid() - self.minted)

    def supply(self, call: Call, action: Supply) -> float:
        """Lock collateral in one's vault."""
        kind = self._type(action.token, action.terms)
        if self.ledger.scale(kind.token) != 1.0:
            raise Refused("rebasing_token", kind.token)
        amount = self.pull(kind.token, call.sender, self.given(call, kind.token, action.amount))
        self.book.add(kind.column, self.book.row(call.sender), amount)
        self.note(call, "supply", kind.token, amount)
        return amount

    def withdraw(self, call: Call, action: Withdraw) -> float:
        """Free collateral; the vault must stay safe."""
        kind, row = self._type(action.token, action.terms), self.row_of(call.sender)
        self.accrue(kind)
        amount = self.take_from(kind.column, row, self.part_of(self.ink(kind, row), action.amount))
        self._check_safe(kind, row)
        self.pay(kind.token, call.sender, amount)
        self.note(call, "withdraw", kind.token, amount)
        return amount

    def borrow(self, call: Call, action: Borrow) -> float:
        """Draw stablecoins against a vault."""
        row = self.row_of(call.sender)
        kind, amount = self._debt_type(action.token, action.terms, row), self.asked(action.amount)
        self.accrue(kind)
        art = amount / kind.rate
        self.book.add(len(self.types) + kind.column, row, art)
        kind.total += art
        self.mint(call.sender, amount)
        if kind.total * kind.rate > kind.params.ceiling * (1.0 + ROUNDING) or self.minted > self.params.ceiling * (1.0 + ROUNDING):
            raise Refused("ceiling_exceeded", f"{kind.name} {kind.total * kind.rate}, all {self.minted}")
        self._check_safe(kind, row)
        self._check_dust(kind, row)
        self.note(call, "borrow", self.stablecoin, amount)
        return amount

    def repay(self, call: Call, action: Repay) -> float:
        """Wipe debt, one's own or another's; what is offered beyond the debt is not taken. What is left is none or above dust."""
        row = self.row_of(call.sender if action.borrower is None else action.borrower)
        kind = self._debt_type(action.token, action.terms, row)
        self.accrue(kind)
        owed = self.owed(kind, row)
        if owed <= 0.0:
            raise Refused("no_debt", kind.name)
        if not action.amount > 0.0:
            raise Refused("invalid_amount", f"{action.amount}")
        amount = self.burn(call.sender, min(self.affordable(call.sender, action.amount), owed))
        art = math.inf if amount >= owed * (1.0 - ROUNDING) else amount / kind.rate
        kind.total = max(kind.total - self.take_from(len(self.types) + kind.column, row, min(art, self.art(kind, row))), 0.0)
        self._check_dust(kind, row)
        self.note(call, "repay", self.stablecoin, amount)
        return amount

    def trigger(self, call: Call, action: Trigger) -> float:
        """Start an auction of an unsafe vault, reset, restart or close one; returns the reward (debt tokens)."""
        if isinstance(action.item, Bark):
            if action.item.type not in self.types:
                raise Refused("no_such_item", f"{action.item}")
            if is_dutch(self, action.item.type):
                return maker_dutch.bark(self, call, action.item)
            maker_english.bite(self, call, action.item)
            return 0.0
        _, lot = find_lot(self, action.item)
        assert isinstance(action.item, LotNumber)
        return (maker_dutch.redo if is_dutch(self, lot.type) else maker_english.close)(self, call, action.item)

    def take(self, call: Call, action: Take) -> float:
        """Buy collateral of a Dutch auction; returns the collateral received."""
        _, lot = find_lot(self, action.item)
        if not is_dutch(self, lot.type):
            raise Refused("not_offered", "an English auction takes bids")
        return maker_dutch.take(self, call, action)

    def bid(self, call: Call, action: Bid) -> float:
        """Bid in an English auction of collateral, in a debt or in a surplus auction; returns what was paid."""
        if isinstance(action.item, maker_vow.DebtLot | maker_vow.SurplusLot):
            return maker_vow.bid(self, call, action)
        kind = action.item.type if isinstance(action.item, Bark) else find_lot(self, action.item)[1].type
        if kind not in self.types or is_dutch(self, kind):
            raise Refused("not_offered", "no English auction")
        return maker_english.bid(self, call, action)

    def offers(self, row: int) -> list[Offer]:
        """Of every unsafe vault of a row: what starts its liquidation."""
        found: list[Offer] = []
        for kind in self.types.values():
            if kind.params.stopped < 1 and self.health_in(kind, row) < 1.0:
                found += (maker_dutch if is_dutch(self, kind.name) else maker_english).offers_of(self, kind, row)
        return found

    def lots(self) -> list[Offer]:
        """Running auctions: takes, bids, resets and closings."""
        found = [
            (maker_dutch if is_dutch(self, lot.type) else maker_english).lot_offer(self, number, lot)
            for number, lot in self.running.items()
        ]
        open_ones = [offer for offer, lot in zip(found, self.running.values(), strict=True) if self._runs(lot, offer.kind)]
        return [*open_ones, *maker_vow.lots_of(self)]

    def settle_passive(self) -> Iterable[str]:
        """English auctions that ran out are closed or restarted; then the system's own balance settles."""
        call = Call(self.world, self.chain, self.account, self.world.clock.now)
        for number, lot in list(self.running.items()):
            if not is_dutch(self, lot.type) and maker_english.over(self, lot):
                maker_english.close(self, call, LotNumber(number))
                yield f"auction {number} closed"
        yield from maker_vow.settle(self)

    def flash_most(self, token: str) -> float:
        """The line of the mint; nothing that stands in vaults."""
        return self.params.flash_line if token == self.stablecoin else 0.0

    def flash_lend(self, call: Call, token: str, amount: float) -> float:
        """Mint stablecoins for one transaction, without a fee."""
        if token != self.stablecoin or amount > self.params.flash_line:
            raise Refused("insufficient_liquidity", f"{amount} {token} of {self.params.flash_line}")
        self.mint(call.sender, amount)
        return 0.0

    def flash_collect(self, call: Call, token: str, amount: float) -> None:
        """Burn them again."""
        self.burn(call.sender, amount)

    def adopt(self, params: MakerParams) -> None:
        """Accrue every type at its old fee (``Jug.file`` demands it), then put new parameters in place. Running auctions keep the price
        that they started from; how they fall and when they are reset follows the new curve at once, as in the contract.

        Refuses (``invalid_parameters``) another kind of auction or loss rule: those are other contracts.
        """
        if params.loss.kind != self.params.loss.kind:
            raise Refused("invalid_parameters", f"loss: kind {self.params.loss.kind} is fixed at genesis")
        for name, kind in self.types.items():
            if params.types[name].auction.kind != kind.params.auction.kind:
                raise Refused("invalid_parameters", f"types.{name}.auction: kind {kind.params.auction.kind} is fixed at genesis")
        for name, kind in self.types.items():
            self.accrue(kind)
            kind.params, kind.mechanism = params.types[name], params.types[name].auction.make()
        self.params, self.loss = params, params.loss.make()

    def accrue(self, kind: VaultType) -> None:
        """Bring a type's rate to block time; the fee is minted to the system."""
        now = self.world.clock.now
        rate = kind.rate_at(now)
        kind.updated = max(now, kind.updated)
        self.fold(kind, rate - kind.rate)

    def fold(self, kind: VaultType, change: float) -> None:
        """Raise a type's rate; what its debt grows by is the system's income. Source: Vat.fold."""
        if change > 0.0:
            self.mint(self.vow, kind.total * change)
            kind.rate += change

    def _runs(self, lot: Lot, what: str) -> bool:
        """Whether a halt of a Dutch auction leaves its reset (a trigger) or its sale open."""
        return not is_dutch(self, lot.type) or self.types[lot.type].params.stopped < (2 if what == "trigger" else 3)

    def _type(self, token: str, terms: object) -> VaultType:
        if isinstance(terms, OfType):
            token = terms.type
        found = self.types.get(token) or next((kind for kind in self.types.values() if kind.token == token), None)
        if found is None:
            raise Refused("not_listed", f"{token} on {self.name}")
        return found

    def _debt_type(self, token: str, terms: object, row: int) -> VaultType:
        if token != self.stablecoin:
            raise Refused("not_listed", f"{token} on {self.name}")
        if isinstance(terms, OfType):
            return self._type(terms.type, None)
        found = [kind for kind in self.types.values() if self.ink(kind, row) > 0.0 or self.art(kind, row) > 0.0]
        if len(found) > 1:
            raise Refused("which_type", ", ".join(kind.name for kind in found))
        return found[0] if found else next(iter(self.types.values()))

    def _check_safe(self, kind: VaultType, row: int) -> None:
        if self.health_in(kind, row) < 1.0:
            raise Refused("insufficient_collateral", f"health {self.health_in(kind, row)}")

    def _check_dust(self, kind: VaultType, row: int) -> None:
        if 0.0 < self.owed(kind, row) < kind.params.dust * (1.0 - ROUNDING):
            raise Refused("dust", f"{self.owed(kind, row)} below {kind.params.dust}")
