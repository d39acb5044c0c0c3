"""Who bears a hole: the share that each holder loses under a rule, as a pure function."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Haircuts:
    """Shares lost (0 to 1): ``home`` by holders on the home chain, ``forms`` by holders on each other chain; ``insured`` tokens paid by
    the insurer.
    """

    home: float
    forms: dict[str, float]
    insured: float = 0.0


def haircuts(
    rule: str, hole: float, free: float, outstanding: Mapping[str, float], cover: float = 0.0, chain: str | None = None
) -> Haircuts:
    """Shares lost when a hole of ``hole`` tokens is borne by ``rule``.

    ``free`` is the supply on the home chain that the bridge does not hold, ``outstanding`` the supply of the forms by chain. ``spread``:
    all holders alike, hole / (free + outstanding). ``bridged``: the forms alone, hole / outstanding. ``chain``: the forms of ``chain``
    first, what exceeds them the other forms. ``insured``: an insurer up to ``cover``, the forms the rest.

    Source: the two allocations published for the Kelp rsETH bridge, April 2026 (Aave forum 24580).
    """
    total = sum(outstanding.values())
    insured = min(cover, hole) if rule == "insured" else 0.0
    left = hole - insured
    if rule == "spread":
        share = _share(left, free + total)
        return Haircuts(share, dict.fromkeys(outstanding, share))
    if rule == "chain" and chain is not None and chain in outstanding:
        first = min(left, outstanding[chain])
        other = _share(left - first, total - outstanding[chain])
        return Haircuts(0.0, {name: _share(first, amount) if name == chain else other for name, amount in outstanding.items()})
    return Haircuts(0.0, dict.fromkeys(outstanding, _share(left, total)), insured)


def _share(lost: float, of: float) -> float:
    return min(1.0, lost / of) if of > 0.0 else 0.0
