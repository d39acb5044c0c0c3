"""Kind ``roller``: holders of a fixed-maturity token, who redeem it when it has matured and go into the next issue, or keep what they get.

Source: Pendle principal tokens, redeemed one for one from maturity on; whoever wants to stay buys the next maturity.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from agents.base import AgentParams, EcosystemAgent, Given, Population
from model.core.actions import ALL, PREVIOUS, Action, Mint, Redeem, Transaction
from model.core.draws import Stream
from model.core.params import param
from model.core.units import DAY, HOUR
from model.ecosystem import Ecosystem
from model.view import View
from model.wakes import Timer
from model.world.claim import ClaimToken


class RollerParams(AgentParams):
    """Holders of one issue."""

    count: int = param(20, unit="accounts", ge=0, description="Number of holders")
    claim: str = param(unit="claim", description="Issue that they hold")
    into: str | None = param(None, unit="claim", description="Next issue, on the same backing; none: all keep the backing")
    held: float = param(unit="claim token", ge=0, description="Held by all together, in equal parts")
    rolls: float = param(0.8, unit="fraction", ge=0, le=1, description="Share of the holders who go into the next issue")
    hesitation: float = param(0.5 * DAY, unit="seconds", ge=0, description="Mean time from maturity to the redemption (exponential)")
    patience: float = param(HOUR, unit="seconds", gt=0, description="Time after which a redemption that was refused is tried again")


class Roller(EcosystemAgent):
    """Redeems once, whole, at its own time after maturity; ``rolling`` says whether it mints the next issue in the same transaction."""

    def __init__(self, model: Ecosystem, account: int, index: int, params: Any, draws: Stream, rolling: bool) -> None:
        super().__init__(model, account, index, params, draws)
        self.rolling = rolling

    def wakes(self) -> Iterable[Timer]:
        """Maturity and the time that it takes to act."""
        claim = self.model.world.targets[self.params.claim]
        turn = claim.mechanism.turn() if isinstance(claim, ClaimToken) else None
        now = self.model.world.clock.now
        matures = max(turn.at, now) if turn is not None else now
        return (Timer(matures + self.params.hesitation * self.draws.exponential(self.index)),)

    def decide(self, view: View) -> Sequence[Transaction]:
        """Redeem, and mint the next issue; later where the way out, or in, is closed."""
        params, claim, held = self.params, view.claim(self.params.claim), view.balance(self.params.claim)
        if claim is None or not held > 0.0:
            return []
        self.ask_again = view.now + params.patience
        after = view.claim(params.into) if self.rolling and params.into is not None else None
        if claim.wait(held) != 0.0 or (after is not None and not after.minted(held) > 0.0):
            return []
        actions: tuple[Action, ...] = (Redeem(target=params.claim, amount=ALL),)
        if after is not None:
            actions = (*actions, Mint(target=after.name, amount=PREVIOUS))
        return [Transaction(actions, tip=self.tip, expires_at=view.now + params.patience)]


class Rollers(Population, kind="roller"):
    """Equal holders, of whom some roll over."""

    role: ClassVar[str] = "holders"
    Params = RollerParams

    def settle(self, name: str, model: Ecosystem, given: Given | None) -> None:
        """Endow and enrol them.

        Raises:
            ValueError: the next issue stands on something else, or the claim never matures.
        """
        world, params = model.world, self.params
        issues = [world.targets.get(token) for token in (params.claim, params.into) if token is not None]
        found = [issue for issue in issues if isinstance(issue, ClaimToken) and issue.mechanism.kind == "fixed_maturity"]
        if len(found) < len(issues) or len({issue.tokens for issue in found}) > 1:
            raise ValueError(f"{name}: {params.claim} and {params.into} are not fixed-maturity tokens on the same backing")
        accounts = world.accounts.open_many(name, params.count)
        self.endow(world, params.chain, accounts, {params.claim: params.held / max(params.count, 1)})
        drawn = world.draws[name].uniforms(params.count).tolist()
        for index, account in enumerate(accounts):
            rolling = params.into is not None and drawn[index] < params.rolls
            model.enrol(Roller(model, account, index, params, world.draws[name], rolling))
