"""What every agent is: a Mesa agent keyed on an account, asked to decide, told what became of it.

A behaviour is a file ``agents/<role>/<kind>.py`` with a class of its role's family. It never changes the world: it reads a ``View`` and
returns ``Transaction``s. The world's journal is locked while it decides, so a write raises.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import mesa
import numpy as np

from model.core.actions import Receipt, Transaction
from model.core.draws import Floats, Stream
from model.core.params import Params, param
from model.core.registry import Plugin
from model.core.units import GWEI
from model.ecosystem import Ecosystem
from model.view import View
from model.wakes import On, Timer, Watch
from model.world.genesis import grant
from model.world.world import World


class AgentParams(Params):
    """What every behaviour has: where it acts, its purse, its latency."""

    chain: str = param("ethereum", unit="chain", description="Home chain")
    purse: float = param(10.0, unit="gas token", ge=0, description="Gas token set aside for fees, each account")
    latency: float = param(0.0, unit="seconds", ge=0, description="Mean time from deciding to submission (exponential)")
    tip: float = param(2.0, unit="gwei", ge=0, description="Priority fee")
    urgency: float = param(
        0.0, unit="1", ge=0, description="Factor on the tip that gets into the next block against demand from outside; 0 to pay `tip` only"
    )
    highest_tip: float = param(2_000.0, unit="gwei", ge=0, description="Most that is bid, whatever the urgency")


class BorrowerParams(AgentParams):
    """What borrowers who act on their health have beside."""

    urgent_health: float = param(
        1.1, unit="1", ge=1, description="Health below which a borrower's urgency counts; above it pays `tip` only, and waits"
    )
    patience: float = param(600.0, unit="seconds", gt=0, description="Time after which a transaction that is outbid is sent anew")


@dataclass(frozen=True, slots=True)
class Given:
    """What a population may be given instead of being drawn: columns by name (shape (accounts,)), from a file of real accounts."""

    columns: Mapping[str, Floats] = field(default_factory=dict)
    source: str = ""

    @property
    def size(self) -> int:
        """Number of accounts."""
        return len(next(iter(self.columns.values()))) if self.columns else 0


class EcosystemAgent(mesa.Agent):  # type: ignore[misc]
    """One account that decides. ``draws`` is its population's stream, ``index`` its number in the population: its only randomness."""

    takes_offers: ClassVar[bool] = False
    most_pending: ClassVar[int] = 1

    @property
    def pause(self) -> float:
        """Seconds that a taker of offers needs from being asked until it can be asked again: no less than its latency."""
        return float(self.params.latency)

    def __init__(self, model: Ecosystem, account: int, index: int, params: Any, draws: Stream) -> None:
        super().__init__(model)
        self.account = account
        self.index = index
        self.params = params
        self.chain: str = params.chain
        self.draws = draws
        self.ask_again: float | None = None

    @property
    def offer_chains(self) -> tuple[str, ...]:
        """Chains whose open offers it is asked about, where it takes offers."""
        return (self.chain,)

    def wakes(self) -> Iterable[Watch | Timer | On]:
        """What wakes it; read once."""
        return ()

    @abstractmethod
    def decide(self, view: View) -> Sequence[Transaction]:
        """What it asks for now."""

    def receive(self, receipt: Receipt) -> None:
        """Told what became of a transaction of its own."""

    def delay(self, now: float) -> float:
        """Exponential latency, keyed by account and time."""
        mean: float = self.params.latency
        return mean * self.draws.exponential(self.index, now) if mean > 0.0 else 0.0

    @property
    def tip(self) -> float:
        """Priority fee on the home chain; see :meth:`tip_on`."""
        return self.tip_on(self.chain)

    def tip_on(self, chain: str) -> float:
        """Priority fee on a chain in the gas token per unit of gas: the usual one, or what outbids a spike there where the agent is
        urgent.
        """
        urgency = self.params.urgency
        if urgency <= 0.0:
            return self.usual_tip
        entry: float = self.model.world.chains[chain].entry_tip()
        return float(max(self.usual_tip, min(urgency * entry, self.params.highest_tip * GWEI)))

    @property
    def usual_tip(self) -> float:
        """Priority fee of one who is in no hurry."""
        return float(self.params.tip) * GWEI

    def tip_at(self, health: float) -> float:
        """The tip of a borrower whose position stands at ``health``: urgent only near liquidation."""
        return self.tip if health < self.params.urgent_health else self.usual_tip

    def tip_worth(self, gain: float, gas: float, share: float, chain: str | None = None) -> float:
        """The tip of one who gives up to ``share`` of a gain (gas token) to be first, in a transaction of ``gas``."""
        return max(self.tip_on(chain or self.chain), min(share * gain / gas, float(self.params.highest_tip) * GWEI))


class Population(Plugin, family="agents"):
    """How a population of one behaviour, or of a mix of them, comes into the world; ``role`` is the name of its folder.

    A kind implements ``settle``: open accounts, endow them (supply source ``genesis``), open positions, make agents and enrol them.
    """

    role: ClassVar[str] = ""

    def __init__(self, params: Any) -> None:
        self.params = params

    @abstractmethod
    def settle(self, name: str, model: Ecosystem, given: Given | None) -> None:
        """Bring the population called ``name`` into the world of ``model``."""

    def endow(self, world: World, chain: str, accounts: range, amounts: Mapping[str, float | Floats]) -> None:
        """Genesis balances (tokens, one figure for all or one per account) and gas purses; see :func:`grant`."""
        for token, amount in amounts.items():
            columns = np.broadcast_to(np.asarray(amount, dtype=np.float64), (len(accounts),))
            grant(world, chain, token, np.arange(accounts.start, accounts.stop), columns)
        world.chains[chain].fund_purses(accounts, float(self.params.purse))

    def endow_one(self, world: World, chain: str, account: int, amounts: Mapping[str, float]) -> None:
        """Genesis balances of one account, no purse."""
        for token, amount in amounts.items():
            grant(world, chain, token, np.array([account]), np.array([amount]))
