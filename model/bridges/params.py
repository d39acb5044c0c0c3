"""Parameters that every bridge has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self

from model.core.errors import BadInput, Refused
from model.core.params import Amounts, Params, param

LossRule = Literal["spread", "bridged", "chain", "insured"]
"""Who bears a hole: all holders of the token, its bridged forms alone, one chain alone, an insurer as far as the cover goes."""


class BridgeParams(Params):
    """A bridge for one token. Source: reference/protocols.md, section Bridges."""

    fixed: ClassVar[frozenset[str]] = frozenset({"home", "token", "forms"})
    """Parameters that are fixed at genesis."""

    home: str = param(unit="chain", description="Chain that the token is at home on")
    token: str = param(unit="token", description="Token on its home chain")
    forms: dict[str, str] = param(unit="token by chain", min_length=1, description="The token's name on each other chain")
    delay: float = param(60.0, unit="seconds", ge=0, description="Time of a message", source="message bridges 8-20 s or 13-19 min")
    delays: Amounts = param({}, unit="seconds by chain", description="Time of a message to these chains, where it differs")
    finality: Amounts = param({}, unit="seconds by chain", description="Wait for finality of what departs from these chains")
    fee: float = param(0.0, unit="fraction", ge=0, lt=1, description="Fee on what is sent")
    flat_fee: float = param(0.0, unit="token", ge=0, description="Fee on each message")
    limit: float | None = param(
        None, unit="token", gt=0, description="Most that a direction lets through at once (token bucket); none: all"
    )
    limit_refill: float = param(0.0, unit="token/day", ge=0, description="Rate at which the bucket refills")
    over_limit: Literal["refuse", "wait"] = param("refuse", unit="rule", description="What happens beyond the limit")
    claimed: bool = param(False, unit="rule", description="What arrives on the home chain waits for the recipient's collect")
    paused: bool = param(False, unit="rule", description="Nothing may depart; what is on its way arrives")
    loss: LossRule = param("bridged", unit="rule", description="Who bears a hole")
    loss_chain: str | None = param(None, unit="chain", description="The chain that bears it under the rule chain")
    cover: float = param(0.0, unit="token", ge=0, description="Most that the insurer pays under the rule insured")
    allocation_delay: float | None = param(
        None, unit="seconds", ge=0, description="From a failure to the allocation of its loss; none: not by itself"
    )

    def governed(self, changes: Mapping[str, Any]) -> Self:
        """A revalidated copy with dotted places replaced.

        Raises:
            Refused: ``invalid_parameters`` for unknown places, impossible values, and what is fixed at genesis.
        """
        raw = self.model_dump()
        for place, value in changes.items():
            name, _, key = place.partition(".")
            if name in self.fixed or name not in raw or (key and not isinstance(raw[name], Mapping)):
                raise Refused("invalid_parameters", place)
            raw[name] = {**raw[name], key: value} if key else value
        try:
            fresh = type(self).read(raw)
        except BadInput as error:
            raise Refused("invalid_parameters", str(error)) from None
        if strays := fresh.strays():
            raise Refused("invalid_parameters", ", ".join(strays))
        return fresh

    def strays(self) -> list[str]:
        """Places that name chains on which the bridge does not stand, or, of a loss, none with a form."""
        found = [
            f"{key}.{chain}" for key in ("delays", "finality") for chain in getattr(self, key) if chain not in {self.home, *self.forms}
        ]
        return found + (["loss_chain"] if self.loss_chain not in {None, *self.forms} else [])

    def seconds(self, from_chain: str, to_chain: str) -> float:
        """Finality on the one chain and the message to the other."""
        return self.finality.get(from_chain, 0.0) + self.delays.get(to_chain, self.delay)

    def fee_on(self, amount: float) -> float:
        """Fee on ``amount``, at most all of it."""
        return min(amount, amount * self.fee + self.flat_fee)
