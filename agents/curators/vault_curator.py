"""Kind ``vault_curator``: moves a vault's deposits between its markets by yield and utilisation, within caps, and cuts a cap at a risk.

Source: MetaMorpho v1.0 (reallocate, setSupplyQueue, submitCap: a lower cap takes effect at once); the rule is that of a yield allocator
that equalises supply rates (stylised).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar

from agents.base import AgentParams, EcosystemAgent, Given, Population
from agents.proposing import govern_action, may_govern
from model.core.actions import Action, Receipt, Supply, Transaction
from model.core.draws import Stream
from model.core.errors import BadInput, Fault
from model.core.params import Params, param
from model.ecosystem import Ecosystem
from model.markets.morpho import Morpho
from model.markets.vault import Reallocate, Vault
from model.view import View
from model.wakes import Timer, Watch

_HALVINGS, _SET_ASIDE, _LEAST = 40, 1e-5, 1e-6
_GROWN = 1e-2
"""Part by which interest may have carried a deposit beyond its cap without being called back."""


class Caution(Params):
    """A reason to lend less to one market."""

    when: str = param(unit="quantity", description="Cut the cap when this quantity crosses the level")
    level: float = param(unit="as the quantity", description="Level of the quantity")
    side: str = param("above", unit="above or below", pattern="^(above|below)$", description="Side on which the quantity must be")
    cap: float = param(
        0.0, unit="token", ge=0, description="Cap from then on; what is lent beyond it is called back as far as it is liquid"
    )


class VaultCuratorParams(AgentParams):
    """One curator of one vault, whose parameter ``curator`` names this population."""

    vault: str = param(unit="market", description="Vault that it curates")
    cautions: dict[str, Caution] = param({}, unit="market", description="What makes it cut the cap of a market of the vault")
    reaction: float = param(1_800.0, unit="seconds", ge=0, description="Time from a caution's reason to the cut")
    period: float = param(21_600.0, unit="seconds", gt=0, description="Time between looks at the yields")
    step: float = param(0.2, unit="fraction", gt=0, le=1, description="Most of the vault's assets that one reallocation for yield moves")
    least_gain: float = param(0.002, unit="1/year", ge=0, description="Difference of supply rates below which it leaves things as they are")
    most_utilisation: float = param(
        0.95, unit="fraction", gt=0, le=1, description="Utilisation beyond which it takes no deposits away for yield alone"
    )
    orders_queues: bool = param(
        True, unit="yes or no",
        description="Whether new deposits go first to the market that pays most, and redemptions to the one that pays least",
    )  # fmt: skip


class VaultCurator(EcosystemAgent):
    """Looks every period, and at its cautions when they arise. While what is above a cut cap is stuck, it asks again every period."""

    def __init__(self, model: Ecosystem, account: int, index: int, params: Any, draws: Stream) -> None:
        super().__init__(model, account, index, params, draws)
        self.alarmed: dict[str, float] = {}
        """Market -> time at which its cap is due to be cut."""
        self.cut: set[str] = set()

    def wakes(self) -> Iterable[Timer | Watch]:
        """A timer, and the cautions."""
        period = float(self.params.period)
        watches = [Watch(caution.when, caution.level, caution.side) for caution in self.params.cautions.values()]
        return (Timer(self.model.world.clock.start + period, period), *watches)

    def decide(self, view: View) -> Sequence[Transaction]:
        """Cut the caps that are due, bring back what exceeds a cap; otherwise follow the yield."""
        vault = view.market(self.params.vault)
        assert isinstance(vault, Vault)
        due = self._due(view)
        later = [time for name, time in self.alarmed.items() if name not in self.cut and time > view.now]
        if later:
            self.ask_again = min(later)
        caps = {name: min(cap, self.params.cautions[name].cap) if name in due else cap for name, cap in vault.params.caps.items()}
        targets = self._recalled(vault, caps) or self._moved(vault, caps)
        actions: list[Action] = []
        changes = self._changes(vault, caps, queues=bool(targets))
        if changes:
            actions.append(govern_action(vault.name, changes))
        if targets:
            actions.append(Supply(target=vault.name, token=vault.params.token, amount=0.0, terms=Reallocate(targets)))
        note = " ".join(due)
        return [Transaction(tuple(actions), tip=self.tip, expires_at=view.now + self.params.period, note=note)] if actions else []

    def receive(self, receipt: Receipt) -> None:
        """Caps that are cut are cut for good; a refused cut is tried again at the next look."""
        if receipt.ok:
            self.cut.update(receipt.transaction.note.split())

    def _due(self, view: View) -> list[str]:
        """Markets whose caps are to be cut now; notes the reasons that have arisen."""
        for name, caution in self.params.cautions.items():
            value = view.quantity(caution.when)
            if name not in self.alarmed and (value >= caution.level if caution.side == "above" else value <= caution.level):
                self.alarmed[name] = view.now + self.params.reaction
        return [name for name, time in self.alarmed.items() if name not in self.cut and time <= view.now]

    def _recalled(self, vault: Vault, caps: dict[str, float]) -> tuple[tuple[str, float], ...]:
        """Deposits after calling back what exceeds a cap, as far as it is liquid and others have room: those that pay most first."""
        excess = {name: min(vault.lent(name) - cap, vault.liquid(name)) for name, cap in caps.items()}
        least = _LEAST * vault.assets()
        excess = {name: amount for name, amount in excess.items() if amount > max(least, _GROWN * caps[name])}
        room = {name: most for name, cap in caps.items() if name not in excess and (most := _room(vault, name, cap)) > 0.0}
        left = min(sum(excess.values()), sum(room.values()))
        if not left > 0.0:
            return ()
        share = left / sum(excess.values())
        targets = [(name, vault.lent(name) - share * amount) for name, amount in excess.items()]
        for name in sorted(room, key=lambda name: -vault.pair(name).supply_rate_after(0.0)):
            part = min(left, room[name])
            if part > 0.0:
                targets.append((name, vault.lent(name) + part))
                left -= part
        return self._closed(targets)

    def _moved(self, vault: Vault, caps: dict[str, float]) -> tuple[tuple[str, float], ...]:
        """Deposits after the move from the market that pays least to the one that pays most, until both pay the same."""
        rates = {name: vault.pair(name).supply_rate_after(0.0) for name in caps}
        sources = {name: most for name in caps if (most := self._spare(vault, name)) > 0.0}
        rooms = {name: most for name, cap in caps.items() if (most := _room(vault, name, cap)) > 0.0}
        if not sources or not rooms:
            return ()
        low, high = min(sources, key=rates.__getitem__), max(rooms, key=rates.__getitem__)
        if rates[high] - rates[low] <= self.params.least_gain:
            return ()
        most = min(sources[low], rooms[high], self.params.step * vault.assets())
        amount = _levelling(vault.pair(low), vault.pair(high), most)
        if amount <= _LEAST * vault.assets():
            return ()
        return self._closed([(low, vault.lent(low) - amount), (high, vault.lent(high) + amount)])

    def _spare(self, vault: Vault, name: str) -> float:
        """What can be taken out of a market without driving its utilisation beyond the most."""
        now = vault.pair(name).project()
        spare: float = now.lent - now.borrowed / self.params.most_utilisation
        return min(vault.liquid(name), spare)

    def _closed(self, targets: list[tuple[str, float]]) -> tuple[tuple[str, float], ...]:
        """The last deposit takes what is left, so that rounding and interest until the block leave nothing over."""
        return (*targets[:-1], (targets[-1][0], math.inf))

    def _changes(self, vault: Vault, caps: dict[str, float], *, queues: bool) -> dict[str, Any]:
        """Parameters to replace: caps that are cut; with ``queues`` also their order."""
        params = vault.params
        if not (queues and self.params.orders_queues):
            return {"caps": caps} if caps != params.caps else {}
        best = sorted(caps, key=lambda name: -vault.pair(name).supply_rate_after(0.0))
        changes: dict[str, Any] = {}
        if caps != params.caps or best != list(params.caps):
            changes["caps"] = {name: caps[name] for name in best}
        if tuple(reversed(best)) != params.withdraw_queue:
            changes["withdraw_queue"] = tuple(reversed(best))
        return changes


def _room(vault: Vault, name: str, cap: float) -> float:
    """What a market of the vault can take up to a cap, interest until the block set aside."""
    return cap * (1.0 - _SET_ASIDE) - vault.lent(name)


def _levelling(low: Morpho, high: Morpho, most: float) -> float:
    """Deposits to move so that two markets pay the same, up to ``most``."""
    if high.supply_rate_after(most) >= low.supply_rate_after(-most):
        return most
    least, found = 0.0, most
    for _ in range(_HALVINGS):
        middle = 0.5 * (least + found)
        if high.supply_rate_after(middle) > low.supply_rate_after(-middle):
            least = middle
        else:
            found = middle
    return least


class VaultCurators(Population, kind="vault_curator"):
    """One curator with the power that it needs."""

    role: ClassVar[str] = "curators"
    Params = VaultCuratorParams

    def settle(self, name: str, model: Ecosystem, given: Given | None) -> None:
        """Open the account, authorise it and enrol.

        Raises:
            BadInput: no vault, a vault that names another curator, or a caution for a market that is not the vault's.
        """
        world, params = model.world, self.params
        vault = world.targets.get(params.vault)
        faults = list(self._faults(name, vault))
        if faults:
            raise BadInput(faults)
        accounts = world.accounts.open_many(name, 1)
        self.endow(world, params.chain, accounts, {})
        may_govern(world, name, accounts[0], params.chain, params.vault, ("caps", "withdraw_queue"), None)
        model.enrol(VaultCurator(model, accounts[0], 0, params, world.draws[name]))

    def _faults(self, name: str, vault: Any) -> Iterator[Fault]:
        if not isinstance(vault, Vault):
            yield Fault(f"agents.{name}.vault", repr(self.params.vault), "a market of kind vault")
            return
        if vault.params.curator != name:
            yield Fault(f"markets.{vault.name}.curator", repr(vault.params.curator), f"{name!r}, which curates it")
        for market in self.params.cautions:
            if market not in vault.params.caps:
                yield Fault(f"agents.{name}.cautions.{market}", "not a market of the vault", f"one of {', '.join(vault.params.caps)}")
