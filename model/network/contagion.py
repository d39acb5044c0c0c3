"""Who owes whom in a world, and how a loss travels: clearing of market-to-market claims, and DebtRank.

Source: Eisenberg and Noe 2001, Rogers and Veraart 2013 (``model.clearing``); Bardoscia et al. 2015 for DebtRank.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from model.claims.bridged import Bridged
from model.clearing.debtrank import debtrank, differential_debtrank
from model.clearing.obligations import Floats, read_obligations
from model.clearing.rogers_veraart import greatest_clearing, least_clearing
from model.markets.base import Market
from model.network.holders import OUTSIDE_NODE, Holders, custodian_of, positions, type_of, wallets
from model.network.values import Valuation
from model.world.claim import ClaimToken
from model.world.world import World


@dataclass(frozen=True, slots=True)
class Liabilities:
    """Obligations in USD: ``matrix[i, j]`` is what i owes j, shape (n, n); ``assets`` that are nobody's obligation and ``outside`` debts to
    holders outside the model, shape (n,).
    """

    names: tuple[str, ...]
    matrix: Floats
    assets: Floats
    outside: Floats


class _Sheet:
    """Entries by pair of names, summed; turned into arrays in order of first mention."""

    def __init__(self) -> None:
        self.places: dict[str, int] = {}
        self.entries: dict[tuple[int, int], float] = {}
        self.assets: dict[int, float] = {}

    def place(self, name: str) -> int:
        return self.places.setdefault(name, len(self.places))

    def add(self, one: str, two: str, value: float) -> None:
        """``one`` owes ``two``; nothing is owed to oneself."""
        key = self.place(one), self.place(two)
        if key[0] != key[1] and value > 0.0:
            self.entries[key] = self.entries.get(key, 0.0) + value

    def keep(self, name: str, value: float) -> None:
        """An asset that nobody owes."""
        self.assets[self.place(name)] = self.assets.get(self.place(name), 0.0) + value

    def matrix(self) -> Floats:
        made = np.zeros((len(self.places), len(self.places)))
        for (one, two), value in self.entries.items():
            made[one, two] = value
        return made


def issuers(world: World, valuation: Valuation) -> dict[str, list[tuple[str, float]]]:
    """Token -> (who owes it, share): the claim, venue or vault of that name, or the markets that mint it."""
    found = {token: [(f"{type_of(world.targets[token])}:{token}", 1.0)] for token in valuation.graph}
    minted: dict[str, list[tuple[str, float]]] = {}
    for market in world.all(Market):
        token = getattr(market, "stablecoin", None)
        if isinstance(token, str):
            minted.setdefault(token, []).append((f"market:{market.name}", market.totals()[token].get("borrowed", 0.0)))
    for token, makers in minted.items():
        total = sum(amount for _, amount in makers)
        if total > 0.0:
            found[token] = [(name, amount / total) for name, amount in makers]
    return found


def promised(world: World, valuation: Valuation, token: str) -> float:
    """USD that the issuer owes per token: par for a bridged form (a hole is a default), what stands behind it for every other."""
    target = world.targets.get(token)
    if isinstance(target, ClaimToken) and isinstance(target.mechanism, Bridged):
        return valuation.usd(target.mechanism.backing[0])
    return valuation.usd(token)


def liabilities(world: World, valuation: Valuation | None = None) -> Liabilities:
    """Who owes whom at the values of ``valuation``.

    A claim, a venue and a vault owe those who hold their tokens; a market owes each account what it has in it less what it owes; nobody
    pays a debt beyond its collateral, so that a market with bad debt owes more than it has. Backing that ``valuation.factors`` destroy is
    missing from the issuer's assets. Assumes: equal rank of all creditors of a market; collateral set off account by account.
    """
    valuation = valuation or Valuation(world)
    sheet, holders, owing = _Sheet(), Holders(world), issuers(world, valuation)
    for held in wallets(world, holders):
        if held.token not in owing:
            sheet.keep(held.holder, held.amount * valuation.usd(held.token))
        for issuer, share in owing.get(held.token, ()):
            sheet.add(issuer, held.holder, held.amount * share * promised(world, valuation, held.token))
    for position in positions(world, holders):
        net = valuation.value(position.deposits) - valuation.value(position.debts)
        sheet.add(f"market:{position.market}", position.holder, net)
    for name, target in world.targets.items():
        for account, token, amount in target.owes():
            sheet.add(f"{type_of(target)}:{name}", holders.of(account), amount * valuation.usd(token))
    for claim in world.all(ClaimToken):
        if (bridge := custodian_of(claim)) is not None:
            sheet.add(bridge, f"claim:{claim.name}", claim.backing() * valuation.usd(claim.mechanism.backing[0]))
    sheet.place(OUTSIDE_NODE)
    matrix, names = sheet.matrix(), tuple(sheet.places)
    assets = np.array([sheet.assets.get(place, 0.0) for place in range(len(names))])
    for token, factor in valuation.factors.items():
        for issuer, _ in owing.get(token, ()):
            if issuer in sheet.places:
                matrix[:, sheet.places[issuer]] *= factor
                assets[sheet.places[issuer]] *= factor
    inside = [place for place, name in enumerate(names) if name != OUTSIDE_NODE]
    out = sheet.places[OUTSIDE_NODE]
    kept = tuple(names[place] for place in inside)
    return Liabilities(kept, matrix[np.ix_(inside, inside)], assets[inside], matrix[inside, out])


def clear_world(
    world: World,
    factors: Mapping[str, float] | None = None,
    asset_recovery: float = 1.0,
    claim_recovery: float = 1.0,
    *,
    least: bool = False,
) -> pd.DataFrame:
    """Clearing of all claims after tokens have lost value: one row per node with owed, paid, recovery (paid / owed), equity before and
    after and loss, all USD. ``factors`` are what is left of a token's value (0.7 for a fall by 30 %); none for the world as it stands.

    Recoveries of 1 are Eisenberg-Noe, lower ones Rogers-Veraart; ``least`` takes the least clearing vector.

    Raises:
        ValueError: recoveries outside 0 to 1.
    """
    before = _equities(liabilities(world), 1.0, 1.0, False)
    shocked = liabilities(world, Valuation(world, factors))
    paid, left = _cleared(shocked, asset_recovery, claim_recovery, least)
    owed = shocked.matrix.sum(axis=1) + shocked.outside
    rows = [
        (name, owed[place], paid[place], paid[place] / owed[place] if owed[place] > 0.0 else 1.0, before.get(name, 0.0), left[place])
        for place, name in enumerate(shocked.names)
    ]
    table = pd.DataFrame.from_records(rows, columns=["node", "owed", "paid", "recovery", "before", "after"])
    table["loss"] = table["before"] - table["after"]
    return table


def _cleared(sheet: Liabilities, asset_recovery: float, claim_recovery: float, least: bool) -> tuple[Floats, Floats]:
    """Payments and what is left to each node."""
    clear = least_clearing if least else greatest_clearing
    paid = clear(sheet.matrix, sheet.assets, asset_recovery, claim_recovery, outside=sheet.outside)
    network = read_obligations(sheet.matrix, sheet.assets, sheet.outside)
    return paid, np.maximum(network.assets + network.inflow(paid) - paid, 0.0)


def _equities(sheet: Liabilities, asset_recovery: float, claim_recovery: float, least: bool) -> dict[str, float]:
    _, left = _cleared(sheet, asset_recovery, claim_recovery, least)
    return dict(zip(sheet.names, left.tolist(), strict=True))


@dataclass(frozen=True, slots=True)
class Exposures:
    """Gross exposures in USD: ``matrix[i, j]`` is what i holds of, or has lent to, j, shape (n, n); ``equity``, shape (n,).

    Nodes are tokens that nobody owes, issuers, reserves (``reserve:<market>/<token>``), account groups and the outside. The equity of an
    issuer or a reserve is what it owes its holders, that of a group what it has less what it owes.
    """

    names: tuple[str, ...]
    matrix: Floats
    equity: Floats

    def final(self) -> Floats:
        """Equity of account groups and the outside, 0 for the rest, shape (n,): value that is counted once."""
        last = np.array([name.startswith("group:") or name == OUTSIDE_NODE for name in self.names], dtype=np.float64)
        return self.equity * last


def exposures(world: World, valuation: Valuation | None = None) -> Exposures:
    """Gross exposures of a world. Nodes without equity are left out."""
    valuation = valuation or Valuation(world)
    sheet, holders, owing = _Sheet(), Holders(world), issuers(world, valuation)
    for held in wallets(world, holders):
        value = held.amount * valuation.usd(held.token)
        holder = f"reserve:{held.holder[7:]}/{held.token}" if held.holder.startswith("market:") else held.holder
        for issuer, share in owing.get(held.token, [(f"token:{held.token}", 1.0)]):
            if issuer != held.holder:
                sheet.add(holder, issuer, value * share)
    for position in positions(world, holders):
        for token, amount in position.deposits.items():
            sheet.add(position.holder, f"reserve:{position.market}/{token}", amount * valuation.usd(token))
        for token, amount in position.debts.items():
            sheet.add(f"reserve:{position.market}/{token}", position.holder, amount * valuation.usd(token))
    for claim in world.all(ClaimToken):
        if (bridge := custodian_of(claim)) is not None:
            sheet.add(f"claim:{claim.name}", bridge, claim.backing() * valuation.usd(claim.mechanism.backing[0]))
    matrix, names = sheet.matrix(), tuple(sheet.places)
    _join(matrix, sheet.places, names)
    owed, held_value = matrix.sum(axis=0), matrix.sum(axis=1)
    final = np.array([name.startswith("group:") or name == OUTSIDE_NODE for name in names])
    equity = np.where(final, held_value - owed, owed)
    kept = np.flatnonzero(equity > 0.0)
    return Exposures(tuple(names[place] for place in kept), matrix[np.ix_(kept, kept)], equity[kept])


def _join(matrix: Floats, places: Mapping[str, int], names: tuple[str, ...]) -> None:
    """A market that issues a token of its own (a vault, a mint) stands on its reserves."""
    for name in names:
        kind, _, market = name.partition(":")
        if kind == "market":
            for reserve, place in places.items():
                if reserve.startswith(f"reserve:{market}/"):
                    free = max(matrix[place].sum() - matrix[:, place].sum(), 0.0)
                    matrix[places[name], place] += free


def distress(world: World, shock: Mapping[str, float], *, once: bool = False, found: Exposures | None = None) -> pd.DataFrame:
    """DebtRank of a shock (node -> share of equity lost, 0 to 1): one row per node with equity, distress (0 to 1) and loss (USD).

    ``once`` passes distress on once per node (Battiston et al. 2012); by default every increase is passed on. ``market:<name>`` shocks all
    of a market's reserves.

    Raises:
        ValueError: a node that is not there, a share outside 0 to 1.
    """
    found = found or exposures(world)
    start = np.zeros(len(found.names))
    for node, share in shock.items():
        hit = [
            place for place, name in enumerate(found.names) if name == node or name.startswith(node.replace("market:", "reserve:", 1) + "/")
        ]
        if not hit:
            raise ValueError(f"{node}: allowed are {', '.join(found.names)}")
        start[hit] = share
    final = debtrank(found.matrix, found.equity, start) if once else differential_debtrank(found.matrix, found.equity, start, 1e-9)
    table = pd.DataFrame({"node": found.names, "equity": found.equity, "distress": final})
    table["loss"] = table["equity"] * table["distress"]
    return table
