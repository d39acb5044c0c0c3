"""The protocol's own funds bear the loss first; the rest falls under another rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from model.core.choice import Choice, chosen
from model.core.params import Params, param
from model.losses.base import Ladder, LossRule


class ReserveFirstParams(Params):
    """Parameters of reserves first."""

    sources: tuple[Literal["reserves", "treasury"], ...] = param(
        ("reserves", "treasury"), min_length=1, unit="words", description="The protocol's own funds, in the order in which they pay."
    )
    share: float = param(1.0, ge=0, le=1, unit="fraction", description="Share of each of these funds that may be used for one loss.")
    then: chosen(LossRule) = param({"kind": "deficit"}, unit="kind", description="Rule for what they do not cover.")  # type: ignore[valid-type]


class ReserveFirst(LossRule, kind="reserve_first"):
    """Reserves and treasury pay, then the next rule.

    Source: Compound v3 Comet.absorb (reserves pay the debt); Compound v2 reserves by governance.
    Assumes: governance uses its reserves without delay; delays are the market's.
    """

    Params = ReserveFirstParams
    params: ReserveFirstParams

    def __init__(self, params: ReserveFirstParams) -> None:
        super().__init__(params)
        then: Choice = params.then
        self.next: LossRule = then.make()

    def split(self, loss: float, bearers: Mapping[str, float]) -> dict[str, float]:
        """The funds in their order, then the parts of the next rule, which sees what they have left."""
        ladder = Ladder(loss, bearers)
        for source in dict.fromkeys(self.params.sources):
            ladder.bear(source, self.params.share * bearers.get(source, 0.0))
        left = {name: capacity - ladder.parts.get(name, 0.0) for name, capacity in bearers.items()}
        for bearer, part in self.next.split(ladder.left, left).items():
            ladder.parts[bearer] = ladder.parts.get(bearer, 0.0) + part
        return ladder.parts
