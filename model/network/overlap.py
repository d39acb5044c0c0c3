"""Overlap of collateral between markets, weighted by how little their assets' venues can take.

Source: Cont and Schaanning 2019, see ``model.clearing.overlap``.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from model.clearing.overlap import Floats, cosine_overlap, indirect_contagion_index, liquidity_weighted_overlap
from model.core.errors import Refused
from model.markets.base import Market
from model.network.values import Valuation
from model.world.venue import TradingVenue
from model.world.world import World

_PROBE, _PROBED_USD = 0.01, 1e6


@dataclass(frozen=True, slots=True)
class Overlap:
    """Holdings of markets by asset, shape (markets, assets), and depth, shape (assets,), in USD; overlap and its scaled form, shape
    (markets, markets). ``illiquid`` names assets that no venue trades, left out.
    """

    markets: tuple[str, ...]
    assets: tuple[str, ...]
    held: Floats
    depth: Floats
    overlap: Floats
    cosine: Floats
    illiquid: tuple[str, ...]


def depth_of(world: World, token: str, valuation: Valuation) -> float:
    """USD of a token whose sale would take away its whole price, by the impact of a small sale on each venue; summed, 0 without venues.

    Assumes: linear impact; venues take the sale in proportion to their depth.
    """
    depth, price = 0.0, valuation.usd(token)
    for venue in world.all(TradingVenue):
        for other in venue.tokens if token in venue.place and token != venue.name else ():
            if other == token:
                continue
            reserve = venue.ledger.balance(token, venue.account) if not venue.mechanism.exogenous else _PROBED_USD / max(price, 1e-12)
            depth += _depth_at(venue, token, other, _PROBE * max(reserve, 0.0), price)
    return depth


def overlap_of(world: World, valuation: Valuation | None = None) -> Overlap:
    """Overlap of what markets hold as collateral. A token that no venue trades is looked through to what it stands on."""
    valuation = valuation or Valuation(world)
    collateral = {market.name: _collateral(market) for market in world.all(Market)}
    depths = {token: depth_of(world, token, valuation) for token in {name for held in collateral.values() for name in held}}
    through = {name: _traded(world, held, depths, valuation) for name, held in collateral.items()}
    tokens = sorted({token for held in through.values() for token in held})
    liquid = [token for token in tokens if depths[token] > 0.0]
    markets = tuple(name for name, held in through.items() if held)
    held = np.array([[through[name].get(token, 0.0) * valuation.usd(token) for token in liquid] for name in markets])
    held = held.reshape(len(markets), len(liquid))
    depth = np.array([depths[token] for token in liquid])
    matrix = liquidity_weighted_overlap(held, depth)
    illiquid = tuple(token for token in tokens if token not in liquid)
    return Overlap(markets, tuple(liquid), held, depth, matrix, cosine_overlap(matrix), illiquid)


def overlap_table(found: Overlap) -> pd.DataFrame:
    """One row per pair of markets: overlap (USD that one loses when the other sells all), its scaled form (0 to 1) and shared assets;
    the first market's weight in the indirect contagion index is ``index``.
    """
    index = indirect_contagion_index(found.overlap) if found.markets else np.zeros(0)
    rows = []
    for one, two in itertools.combinations_with_replacement(range(len(found.markets)), 2):
        shared = [asset for place, asset in enumerate(found.assets) if found.held[one, place] > 0.0 and found.held[two, place] > 0.0]
        figures = float(found.overlap[one, two]), float(found.cosine[one, two]), float(index[one])
        rows.append((found.markets[one], found.markets[two], *figures, ", ".join(shared)))
    return pd.DataFrame.from_records(rows, columns=["market", "with", "overlap", "cosine", "index", "shared"])


def _depth_at(venue: TradingVenue, token: str, other: str, sold: float, price: float) -> float:
    """Value sold over the relative fall of the marginal price."""
    if not sold > 0.0:
        return 0.0
    pool, sell, buy = venue.pool(), venue.place[token], venue.place[other]
    try:
        before = venue.mechanism.spot(pool, sell, buy)
        after = venue.mechanism.spot(venue.after(pool, sell, buy, sold), sell, buy)
    except Refused:
        return 0.0
    fall = 1.0 - after / before if before > 0.0 else 0.0
    return sold * price / fall if fall > 1e-12 else 0.0


def _collateral(market: Market) -> Mapping[str, float]:
    sums: dict[str, float] = {}
    for account in market.participants():
        for token, amount in market.collateral_of(account).items():
            sums[token] = sums.get(token, 0.0) + amount
    return sums


def _traded(world: World, held: Mapping[str, float], depths: dict[str, float], valuation: Valuation) -> dict[str, float]:
    """Holdings looked through until a venue trades them or nothing is behind them."""
    found: dict[str, float] = {}
    ahead = list(held.items())
    while ahead:
        token, amount = ahead.pop()
        if token not in depths:
            depths[token] = depth_of(world, token, valuation)
        behind = valuation.graph.get(token)
        if depths[token] > 0.0 or not behind:
            found[token] = found.get(token, 0.0) + amount
        else:
            ahead.extend((under, amount * units) for under, units in behind.items())
    return found
