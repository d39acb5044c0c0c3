"""Overlap of collateral between markets, weighted by how little their assets' venues can take.

Source: Cont and Schaanning 2019, see ``model.clearing.overlap``.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from model.clearing.overlap import Floats, cosine_overlap, indirect_contagion_index, liquidity_weighted_overlap
from model.core.errors import Refused
from model.markets.base import Market
from model.markets.hub_state import HubState
from model.network.books import Books
from model.world.venue import TradingVenue
from model.world.world import World

IMPACT = 0.1
"""Default fall of the price down to which depth is measured."""
_SMALL, _HALVINGS, _DOUBLINGS = 1e-4, 60, 60


@dataclass(frozen=True, slots=True)
class Overlap:
    """Holdings of markets by asset, shape (markets, assets), and depth, shape (assets,), in USD; overlap and its scaled form, shape
    (markets, markets). ``left_out``, shape (markets, illiquid assets), is the value of ``illiquid`` ones: no venue trades them.
    """

    markets: tuple[str, ...]
    assets: tuple[str, ...]
    held: Floats
    depth: Floats
    overlap: Floats
    cosine: Floats
    illiquid: tuple[str, ...]
    left_out: Floats


def depth_of(books: Books, token: str, impact: float = IMPACT) -> float:
    """USD of a token whose sale would take away its whole price, if it went on falling as it does on the way to a fall of ``impact`` (a
    share): what all venues of its chain take until their marginal price has fallen by that, over the share. 0 without venues, infinite
    where no sale moves the price.

    Raises:
        ValueError: an impact outside 0 to 1.

    Assumes: venues are sold into side by side, to the same fall; in each on the best of its pairs.
    """
    if not 0.0 < impact < 1.0:
        raise ValueError(f"impact {impact}: allowed are shares between 0 and 1")
    sold = 0.0
    for venue in books.world.all(TradingVenue):
        names = {books.forms.name(venue.chain, one): one for one in venue.tokens}
        if token in names and names[token] != venue.name:
            others = [other for other in venue.tokens if other != names[token]]
            sold += max((_taken(venue, names[token], other, impact, books.valuation.usd(token)) for other in others), default=0.0)
    return sold * books.valuation.usd(token) / impact


def overlap_of(world: World, impact: float = IMPACT, *, bridged: bool = False, books: Books | None = None) -> Overlap:
    """Overlap of what markets hold as collateral of accounts with debt. A share that no venue trades is looked through to what it
    stands on.

    By default each chain's form of a token is an asset of its own, and sold on its own chain: no sale crosses a bridge in time. With
    ``bridged`` all forms are the token at home, and the depth of all chains is one: as if bridges took no time. What happens lies between.

    Raises:
        ValueError: an impact outside 0 to 1.
    """
    books = books or Books(world)
    collateral = _collateral(books)
    depths: dict[str, float] = {}
    through = {name: _traded(books, held, depths, impact, bridged) for name, held in collateral.items()}
    markets = tuple(name for name, held in through.items() if held)
    tokens = sorted({token for held in through.values() for token in held})
    values = np.array([[through[name].get(token, 0.0) * books.valuation.usd(token) for token in tokens] for name in markets])
    values = values.reshape(len(markets), len(tokens))
    depth = np.array([depths[token] for token in tokens])
    liquid = depth > 0.0
    matrix = liquidity_weighted_overlap(values[:, liquid], depth[liquid])
    assets = tuple(token for token, traded in zip(tokens, liquid, strict=True) if traded)
    illiquid = tuple(token for token, traded in zip(tokens, liquid, strict=True) if not traded)
    return Overlap(
        markets, assets, values[:, liquid], depth[liquid], matrix, cosine_overlap(matrix), illiquid, values[:, ~liquid]
    )  # fmt: skip


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


def depth_table(found: Overlap) -> pd.DataFrame:
    """One row per asset of the markets' collateral: held (USD), depth (USD; 0 for what no venue trades, which the overlap leaves out) and
    ``times``, how often the depth goes into what is held.
    """
    rows = [
        (asset, held, depth, held / depth)
        for asset, held, depth in zip(found.assets, found.held.sum(axis=0).tolist(), found.depth.tolist(), strict=True)
    ]
    rows += [(asset, held, 0.0, math.inf) for asset, held in zip(found.illiquid, found.left_out.sum(axis=0).tolist(), strict=True)]
    return pd.DataFrame.from_records(rows, columns=["asset", "held", "depth", "times"])


def _taken(venue: TradingVenue, token: str, other: str, impact: float, usd: float) -> float:
    """Tokens that a venue takes until its marginal price has fallen by ``impact``; infinite where it never does."""
    pool, sell, buy = venue.pool(), venue.place[token], venue.place[other]

    def fall(sold: float) -> float:
        """Share of the price that is gone; 1 beyond what the venue can take."""
        try:
            price = venue.mechanism.spot(venue.after(pool, sell, buy, sold), sell, buy)
        except Refused:
            return 1.0
        return 1.0 - price / before if math.isfinite(price) else 1.0

    try:
        before = venue.mechanism.spot(pool, sell, buy)
    except Refused:
        return 0.0
    reserve = venue.ledger.balance(token, venue.account) if not venue.mechanism.exogenous else 1e6 / max(usd, 1e-12)
    if not before > 0.0 or not reserve > 0.0:
        return 0.0
    low, high = 0.0, _SMALL * reserve
    for _ in range(_DOUBLINGS):
        if fall(high) >= impact:
            break
        low, high = high, 2.0 * high
    else:
        return math.inf
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if fall(middle) >= impact else (middle, high)
        if high - low <= 1e-12 * high:
            break
    return low


def _collateral(books: Books) -> dict[str, dict[str, float]]:
    """Market -> tokens by chain that stand behind debts."""
    sums: dict[str, dict[str, float]] = {market.name: {} for market in books.world.all(Market)}
    for position in books.positions:
        if not position.debts:
            continue
        market, found = books.world.targets[position.market], sums[position.market]
        assert isinstance(market, Market)
        if isinstance(market, HubState):
            counted = {books.forms.name(one.chain, one.token) for one in market.listings if market.terms(one).liquidation_threshold > 0.0}
            amounts = {token: amount for token, amount in position.deposits.items() if token in counted}
        else:
            amounts = {books.forms.name(market.chain, token): amount for token, amount in market.collateral_of(position.account).items()}
        for token, amount in amounts.items():
            found[token] = found.get(token, 0.0) + amount
    return sums


def _root(books: Books, token: str) -> str:
    """The token at home of a form."""
    while token in books.forms.parts:
        token = books.forms.parts[token][0].home
    return token


def _traded(books: Books, held: Mapping[str, float], depths: dict[str, float], impact: float, bridged: bool) -> dict[str, float]:
    """Holdings looked through until a venue trades them or nothing is behind them."""
    found: dict[str, float] = {}
    ahead = list(held.items())
    while ahead:
        token, amount = ahead.pop()
        behind = books.graph.get(token)
        if bridged and token in books.forms.parts:
            ahead.extend((under, amount * units) for under, units in (behind or {}).items())
            continue
        if token not in depths:
            forms = [form for form in (token, *books.forms.parts) if form == token or (bridged and _root(books, form) == token)]
            depths[token] = sum(depth_of(books, form, impact) for form in dict.fromkeys(forms))
        if depths[token] > 0.0 or not behind or token in books.forms.parts:
            found[token] = found.get(token, 0.0) + amount
        else:
            ahead.extend((under, amount * units) for under, units in behind.items())
    return found
