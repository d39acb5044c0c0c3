"""Figures of a run, one file each: ``draw(run)`` gives a figure, or None where the run has nothing of the kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import matplotlib as mpl
from matplotlib.figure import Figure

from experiments.figures import broken_bridge, claim_price, depth, health, liquidations, liquidity, network, pool_shares
from experiments.figures.style import STYLE
from experiments.run import Run

FIGURES: Final[Mapping[str, Callable[[Run], Figure | None]]] = {
    "claim_price": claim_price.draw,
    "broken_bridge": broken_bridge.draw,
    "pool_shares": pool_shares.draw,
    "depth": depth.draw,
    "liquidations": liquidations.draw,
    "liquidity": liquidity.draw,
    "health": health.draw,
    "network": network.draw,
}
"""File name without suffix -> what draws it."""


def draw_all(run: Run, folder: Path) -> list[Path]:
    """Draw what the run has something for into ``folder``, as PNG."""
    made: list[Path] = []
    with mpl.rc_context(STYLE):
        for name, draw in FIGURES.items():
            figure = draw(run)
            if figure is not None:
                folder.mkdir(parents=True, exist_ok=True)
                made.append(folder / f"{name}.png")
                figure.savefig(made[-1], metadata={"Software": None})
    return made
