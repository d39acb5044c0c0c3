"""The books of a world at one moment: every balance, position and promise, with the target that stands behind each."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from model.bridges.base import Bridge
from model.bridges.burn_and_mint import BurnAndMint
from model.bridges.lock_and_mint import LockAndMint
from model.core.draws import Floats
from model.core.units import AUDIT_TOLERANCE
from model.markets.base import Market
from model.markets.hub_messages import CARRIES
from model.markets.hub_state import HubState
from model.markets.minting import MintingMarket
from model.network.forms import Forms
from model.network.holders import OUTSIDE_NODE, Holders, Holding, Position, is_final, node_of
from model.network.values import Valuation
from model.venues.ranges import ConcentratedState, Range
from model.world.accounts import OUTSIDE
from model.world.claim import ClaimToken
from model.world.venue import TradingVenue
from model.world.world import World

Amounts = dict[str, float]


class Books:
    """Who holds what and who owes it, read once. ``wallets``, ``purses``, ``owed`` and ``pledged`` are summed by holder, ``positions``
    stand account by account; all are kept in the tokens' names by chain.

    Raises:
        BadInput: the claims form a cycle.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.forms = Forms(world)
        self.holders = Holders(world)
        self.valuation = Valuation(world, forms=self.forms)
        self.graph = self.valuation.graph
        self.wallets = list(self._wallets())
        self.purses = [one for chain in world.chains for one in self._summed(chain, self.purse(chain), self.gas(chain), "gas")]
        self.owed = list(self._owed())
        self.pledged = [
            Holding(holder, chain, node, "pledged", token, sign * amount)
            for node, chain, token, amount, outside in self.forms.pledged
            for holder, sign in ((node, 1.0), *(((OUTSIDE_NODE, -1.0),) if outside else ()))
        ]
        self.positions = list(self._positions())
        self.minted: dict[str, dict[str, float]] = {}
        """Stablecoin -> node of a market -> what it has minted."""
        for market in world.all(MintingMarket):
            token = self.forms.name(market.chain, market.stablecoin)
            self.minted.setdefault(token, {})[node_of(market)] = max(market.minted, 0.0)

    def held(self) -> Iterator[Holding]:
        """Every token that somebody holds or will be paid, in the token's name by chain."""
        yield from self.wallets
        yield from self.purses
        yield from self.owed
        yield from self.pledged

    def issuers(self) -> dict[str, list[tuple[str, float]]]:
        """Token -> (node that owes it, share): the claim, venue or vault of that name, or the markets that mint it."""
        found = {token: [(self.node(token), 1.0)] for token in self.graph}
        for token, makers in self.minted.items():
            total = sum(makers.values())
            if total > 0.0:
                found[token] = [(self.desk(name, token), amount / total) for name, amount in makers.items()]
        return found

    def node(self, token: str) -> str:
        """Node of a token: who issues it (claim, venue, vault), else the token itself."""
        if token in self.forms.parts:
            return f"claim:{token}"
        found = self.world.targets.get(token)
        kind = "token" if found is None else node_of(found).partition(":")[0]
        return f"{kind}:{token}" if kind in ("claim", "venue", "market") else f"token:{token}"

    def desk(self, holder: str, token: str) -> str:
        """Where a holder keeps a token: a market one reserve for each, ``reserve:<market>/<token>``; a vault, and all others, one purse."""
        kind, _, name = holder.partition(":")
        return f"reserve:{name}/{token}" if kind == "market" and name not in self.graph else holder

    def own(self) -> dict[tuple[str, str], Amounts]:
        """(target's node, chain) -> tokens that it has beyond what it owes: an inventory, protocol reserves, negative for a deficit."""
        sums: dict[tuple[str, str], Amounts] = {}
        gross: dict[str, float] = {}

        def book(node: str, chain: str, token: str, amount: float) -> None:
            amounts = sums.setdefault((node, chain), {})
            amounts[token] = amounts.get(token, 0.0) + amount
            gross[token] = gross.get(token, 0.0) + abs(amount)

        chains = {node_of(target): target.chain for target in self.world.targets.values()}
        for held in self.held():
            if not is_final(held.holder):
                book(held.holder, held.chain, held.token, held.amount)
            if held.form == "gas":
                book(f"chain:{held.chain}", held.chain, held.token, -held.amount)
            if held.form == "owed" and held.at != self.node(held.token):
                book(held.at, held.chain, held.token, -held.amount)
        for token, total in self.supplies().items():
            for part in self.forms.parts.get(token, ()):
                if part.locked:
                    book(part.bridge, chains[part.bridge], part.home, -total * part.share * part.units)
            if token not in self.forms.parts and token in self.graph:
                node = self.node(token)
                target = self.world.targets[token]
                at = target.home if isinstance(target, ClaimToken) else target.chain
                for under, units in self.graph[token].items():
                    book(node, at, under, -total * units)
        for position in self.positions:
            node = f"market:{position.market}"
            for sign, amounts in ((1.0, position.debts), (-1.0, position.deposits)):
                for token, amount in amounts.items():
                    book(node, position.chains[token], token, sign * amount)
                    if not is_final(position.holder):
                        book(position.holder, position.chains[token], token, -sign * amount)
        for token, makers in self.minted.items():
            for node, amount in makers.items():
                book(node, chains[node], token, -amount)
        return {
            place: {token: amount for token, amount in amounts.items() if abs(amount) > AUDIT_TOLERANCE * gross[token]}
            for place, amounts in sums.items()
        }

    def supplies(self) -> Amounts:
        """Token -> all that is held of it, or will be minted for a message or a request on its way."""
        sums: Amounts = {}
        for held in self.held():
            if held.form != "gas" and (held.form != "owed" or held.at == self.node(held.token)):
                sums[held.token] = sums.get(held.token, 0.0) + held.amount
        return sums

    def purse(self, chain: str) -> str:
        """Name of a chain's gas token."""
        return self.forms.name(chain, self.world.chains[chain].params.gas_token)

    def gas(self, chain: str) -> Floats:
        """Gas purses of all accounts, shape (accounts,)."""
        found = np.zeros(self.world.accounts.count)
        purses = self.world.chains[chain].purses.data[0]
        found[: min(len(purses), len(found))] = purses[: len(found)]
        return found

    def _wallets(self) -> Iterator[Holding]:
        """Ledger balances by holder; those of the outside with their sign."""
        for chain, ledger in self.world.ledgers.items():
            for token in ledger.tokens:
                yield from self._summed(chain, self.forms.name(chain, token), ledger.column(token), "wallet")

    def _summed(self, chain: str, token: str, column: Floats, form: str) -> Iterator[Holding]:
        groups = np.searchsorted(self.holders.starts, np.arange(len(column)), side="right") - 1
        sums = np.bincount(groups, weights=column, minlength=len(self.holders.names))
        gross = float(np.abs(column).sum())
        merged: Amounts = {}
        for place in np.flatnonzero(np.abs(sums) > AUDIT_TOLERANCE * gross).tolist():
            merged[self.holders.names[place]] = merged.get(self.holders.names[place], 0.0) + float(sums[place])
        for holder, amount in merged.items():
            yield Holding(holder, chain, chain, form, token, amount)

    def _owed(self) -> Iterator[Holding]:
        """What is set aside for accounts: messages and redemptions on their way, positions in venues without shares, the other side of a
        claim (the outside). ``at`` is who pays it out of what it holds; of what will be minted, the node of the token.
        """
        for account, chain, payer, token, amount in self._promises():
            name = self.forms.name(chain, token)
            yield Holding(self.holders.of(account), chain, payer or self.node(name), "owed", name, amount, account)

    def _promises(self) -> Iterator[tuple[int, str, str, str, float]]:
        """(account, chain, who pays or nothing where it is minted, token, amount)."""
        for target in self.world.targets.values():
            node = node_of(target)
            if isinstance(target, Bridge):
                for message in target.messages.values():
                    chain = message.to_chain
                    minted = isinstance(target, BurnAndMint) or (isinstance(target, LockAndMint) and chain != target.chain)
                    yield message.recipient, chain, "" if minted else node, target.tokens[chain], message.amount
            elif isinstance(target, ClaimToken):
                for request in target.line.requests.values():
                    if request.minted > 0.0:
                        yield request.account, target.chain, "", target.name, request.minted
                    for token, amount in zip(target.tokens, target.line.tokens(request), strict=True):
                        if amount > 0.0:
                            yield request.account, target.home, node, token, amount
                for token, amount in target.others().items():
                    if amount > 0.0:
                        yield OUTSIDE, target.home, node, token, amount
            elif isinstance(target, HubState):
                for sent in target.messages.values():
                    if sent.kind in CARRIES:
                        listing = target.listings[sent.asset]
                        yield sent.account, listing.chain, node, listing.token, sent.amount
            elif isinstance(target, TradingVenue) and isinstance(target.state, ConcentratedState):
                for held in target.state.positions:
                    paid = target.mechanism.remove(target.pool(), math.inf, Range(held.lower, held.upper), held.owner).amounts
                    for token, amount in zip(target.tokens, paid, strict=True):
                        if amount > 0.0:
                            yield held.owner, target.chain, node, token, amount
            else:
                for account, token, amount in target.owes():
                    yield account, target.chain, node, token, amount

    def _positions(self) -> Iterator[Position]:
        """Every account with something in a market, one by one: debts are settled account by account. Shares that are tokens stand in
        wallets.
        """
        for market in self.world.all(Market):
            if market.shares_are_tokens:
                continue
            if isinstance(market, HubState):
                yield from self._spokes(market)
                continue
            names: dict[str, str] = {}
            chains: dict[str, str] = {}
            for account in market.participants():
                deposits, debts = market.deposits_of(account), market.debts_of(account)
                for token in (*deposits, *debts):
                    if token not in names:
                        names[token] = self.forms.name(market.chain, token)
                        chains[names[token]] = market.chain
                if deposits or debts:
                    has, owes = ({names[token]: amount for token, amount in side.items()} for side in (deposits, debts))
                    yield Position(account, self.holders.of(account), market.name, chains, has, owes)

    def _spokes(self, hub: HubState) -> Iterator[Position]:
        """Positions in a hub: one token may stand on several chains."""
        listings = [(self.forms.name(one.chain, one.token), one) for one in hub.listings]
        chains = {name: one.chain for name, one in listings}
        for account in hub.participants():
            row = hub.book.find(account)
            if row is None:
                continue
            sums: tuple[Amounts, Amounts] = ({}, {})
            for name, one in listings:
                for found, read in zip(sums, (hub.supplied, hub.owed), strict=True):
                    if (amount := read(one, row)) > 0.0:
                        found[name] = found.get(name, 0.0) + amount
            if sums[0] or sums[1]:
                yield Position(account, self.holders.of(account), hub.name, chains, *sums)
