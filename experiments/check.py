"""What a scenario's parts say of each other: names that point at nothing, prices that nobody states. One function, one rule.

The schema refuses what is wrong by itself (bounds, unknown keys and kinds); these checks run beside it on the same raw scenario, so that
all faults of one file are reported at once. Warnings are what may be meant but should be seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any, Final

from experiments.check_auctions import AUCTION_CHECKS
from experiments.check_bridges import BRIDGE_CHECKS, BRIDGE_WARNINGS
from experiments.check_chains import CHAIN_CHECKS, CHAIN_WARNINGS
from experiments.check_claims import CLAIM_CHECKS
from experiments.check_conditions import CONDITION_CHECKS
from experiments.check_feeds import FEED_CHECKS, FEED_WARNINGS
from experiments.check_governance import GOVERNANCE_CHECKS
from experiments.check_hubs import HUB_CHECKS, HUB_WARNINGS
from experiments.check_populations import POPULATION_CHECKS
from experiments.check_shocks import SHOCK_CHECKS
from experiments.draft import SOURCE_KINDS, Draft, Placed
from model.claims.graph import cycles
from model.core.errors import Fault
from model.prices.correlate import cholesky, correlation_matrix

Check = Callable[[Draft], Iterable[Fault]]


def faults_of_draft(draft: Draft) -> list[Fault]:
    """Every fault that the checks find."""
    return list(chain.from_iterable(check(draft) for check in CHECKS))


def warnings_of_draft(draft: Draft) -> list[Fault]:
    """Everything that may be meant but should be seen."""
    return list(chain.from_iterable(check(draft) for check in WARNINGS))


def check_for_unknown_chains(draft: Draft) -> Iterator[Fault]:
    """Whatever stands on a chain stands on one of the scenario's."""
    for section in ("tokens", "venues", "feeds", "markets"):
        placed: dict[str, Placed] = getattr(draft, section)
        for name, entry in placed.items():
            if entry.chain is not None and entry.chain not in draft.chains:
                yield Fault(f"{section}.{name}.chain", repr(entry.chain), _one_of(draft.chains))


def check_for_unknown_venue_tokens(draft: Draft) -> Iterator[Fault]:
    """A venue trades tokens that the scenario has, and has reserves of those alone."""
    known = draft.known_tokens()
    for name, venue in draft.venues.items():
        tokens = draft.venue_tokens(name)
        for place, token in enumerate(tokens):
            if token not in known:
                yield Fault(f"venues.{name}.tokens.{place}", repr(token), _one_of(known))
        for token, amount in _items(venue.table.get("reserves")):
            if token not in tokens:
                yield Fault(f"venues.{name}.reserves.{token}", "a token that does not trade there", _one_of(tokens))
            elif isinstance(amount, int | float) and not amount >= 0.0:
                yield Fault(f"venues.{name}.reserves.{token}", repr(amount), "an amount >= 0 (token)")


def check_for_tokens_on_other_chains(draft: Draft) -> Iterator[Fault]:
    """A venue or a market holds tokens of its own chain; gas tokens and tokens without a block are wherever they are used."""
    held = [(f"venues.{name}", venue, draft.venue_tokens(name)) for name, venue in draft.venues.items()]
    shares = draft.shares()
    held += [(f"markets.{name}", market, list(draft.reserves(name))) for name, market in draft.markets.items()]
    for place, placed, tokens in held:
        for token in tokens:
            homes = draft.chains_of(token) & set(draft.chains) if token in draft.tokens or token in shares else set()
            if homes and placed.chain is not None and placed.chain not in homes:
                yield Fault(f"{place}.{token}", f"lives on {', '.join(sorted(homes))}", f"a token of {placed.chain}")


def check_for_unknown_reserve_tokens(draft: Draft) -> Iterator[Fault]:
    """A market's reserves are tokens that the scenario has."""
    known = draft.known_tokens()
    for name in draft.markets:
        for token in draft.reserves(name):
            if token not in known:
                yield Fault(f"markets.{name}.reserves.{token}", "unknown token", _one_of(known))


def check_for_missing_feeds(draft: Draft) -> Iterator[Fault]:
    """Every reserve but the numeraire has a feed, which stands on the market's chain."""
    for name, market in draft.markets.items():
        for token, reserve in draft.reserves(name).items():
            place, feed = f"markets.{name}.reserves.{token}.feed", reserve.get("feed")
            here = [other for other, entry in draft.feeds.items() if entry.chain == market.chain]
            if feed is None:
                if token != draft.numeraire(name):
                    yield Fault(place, "missing", f"a feed that prices {token} in {draft.numeraire(name)}: {_one_of(here)}")
            elif not isinstance(feed, str) or feed not in draft.feeds:
                yield Fault(place, repr(feed), _one_of(here))
            elif feed not in here:
                yield Fault(place, f"{feed!r} on {draft.feeds[feed].chain}", f"a feed on {market.chain}: {_one_of(here)}")


def check_for_unknown_feeds(draft: Draft) -> Iterator[Fault]:
    """A market without reserves names its feeds one by one, and finds them on its chain."""
    for pointer in draft.market_feeds():
        chain = draft.markets[pointer.place.split(".")[1]].chain
        here = [feed for feed, entry in draft.feeds.items() if entry.chain == chain]
        if pointer.name not in here:
            yield Fault(pointer.place, repr(pointer.name), f"a feed on {chain}: {_one_of(here)}")


def check_for_unknown_numeraires(draft: Draft) -> Iterator[Fault]:
    """A numeraire is USD or a token of the scenario."""
    for name in draft.markets:
        numeraire = draft.numeraire(name)
        if numeraire != "usd" and numeraire not in draft.known_tokens():
            yield Fault(f"markets.{name}.numeraire", repr(numeraire), _one_of({"usd", *draft.known_tokens()}))


def check_for_unknown_sources(draft: Draft) -> Iterator[Fault]:
    """A feed's source names something there is: ``price:eth``, ``venue:curve steth/eth``, ``claim:steth``, ``feed:eth``."""
    shares = draft.shares()
    for feed in draft.feeds:
        for place, text in draft.sources(feed):
            kind, _, rest = text.partition(":")
            name, _, pair = rest.partition(" ")
            if kind == "price":
                for token in rest.split("/"):
                    if token not in draft.prices and token != "usd":
                        yield Fault(place, repr(text), f"price:<token> with a token that has a true price: {_one_of(draft.prices)}")
            elif kind == "venue":
                tokens = draft.venue_tokens(name) if name in draft.venues else []
                if name not in draft.venues:
                    yield Fault(place, repr(text), f"venue:<name> <token>/<token> with a venue: {_one_of(draft.venues)}")
                elif len(set(pair.split("/")) & set(tokens)) != 2:
                    yield Fault(place, repr(text), f"venue:{name} <token>/<token> of {', '.join(tokens)}")
            elif kind == "claim":
                behind = draft.behind_share(name) if name in shares else draft.backing_of(name)
                if not draft.claim_of(name) and name not in shares:
                    claims = [token for token in draft.tokens if draft.claim_of(token)]
                    yield Fault(place, repr(text), f"claim:<token> with a claim or a share: {_one_of({*claims, *shares})}")
                elif pair not in behind and (pair or name in draft.venues):
                    yield Fault(place, repr(text), f"claim:{name} <token> with a token behind it: {_one_of(behind)}")
            elif kind == "feed":
                if name not in draft.feeds or name == feed:
                    yield Fault(place, repr(text), f"feed:<name> with another feed: {_one_of(set(draft.feeds) - {feed})}")
            else:
                yield Fault(place, repr(text), f"{', '.join(f'{sort}:' for sort in SOURCE_KINDS)} before a name")


def check_for_sources_on_other_chains(draft: Draft) -> Iterator[Fault]:
    """A feed reads its own chain; only a relayed one reads another."""
    shares = draft.shares()
    for feed, placed in draft.feeds.items():
        if placed.kind is not None and placed.kind.kind == "relayed":
            continue
        for place, text in draft.sources(feed):
            kind, _, rest = text.partition(":")
            section = {"venue": draft.venues, "claim": {**shares, **draft.tokens}, "feed": draft.feeds}.get(kind, {})
            name = rest.partition(" ")[0]
            home = section[name].chain if name in section else None
            if home is not None and placed.chain is not None and home != placed.chain:
                path = f"{feed} on {placed.chain} -> {kind} {name} on {home}"
                yield Fault(place, path, f"something on {placed.chain}, or a feed of kind relayed")


def check_for_rings_of_feeds(draft: Draft) -> Iterator[Fault]:
    """No feed reads itself by way of others."""
    reads = {
        feed: {text[5:] for _, text in draft.sources(feed) if text.startswith("feed:") and text[5:] != feed} & set(draft.feeds)
        for feed in draft.feeds
    }
    for path in cycles({feed: dict.fromkeys(others, 1.0) for feed, others in reads.items()}):
        yield Fault(f"feeds.{path[0]}.mechanism", " -> ".join(path), "feeds that read others without a ring")


def check_for_unpriced_tokens(draft: Draft) -> Iterator[Fault]:
    """Every token has a true price, or a venue where it trades, or a claim that says what it is worth."""
    traded = {token for name in draft.venues for token in draft.venue_tokens(name)}
    for token in draft.tokens:
        if token not in draft.prices and token not in traded and not draft.claim_of(token):
            yield Fault(f"tokens.{token}", "neither a true price nor a venue", f"prices.{token}, or a venue that trades it")


def check_for_unknown_names_in_populations(draft: Draft) -> Iterator[Fault]:
    """What a population names, it finds: chains, venues, feeds, markets, tokens, claims."""
    bands = [f"{name}.bands" for name, market in draft.markets.items() if market.table.get("kind") == "llamma"]
    known: dict[str, Iterable[str]] = {
        "chain": draft.chains, "venue": [*draft.venues, *bands], "feed": draft.feeds, "market": draft.markets,
        "token": draft.known_tokens(), "claim": [token for token in draft.tokens if draft.claim_of(token)], "bridge": draft.bridges,
        "timelock": draft.governance, "shock": draft.shocks,
    }  # fmt: skip
    for pointer in draft.pointers():
        if pointer.name not in set(known[pointer.sort]):
            yield Fault(pointer.place, repr(pointer.name), f"a {pointer.sort}: {_one_of(known[pointer.sort])}")


def check_for_unknown_correlations(draft: Draft) -> Iterator[Fault]:
    """Correlated pairs are two exogenous prices, and all correlations together are possible."""
    pairs: dict[tuple[str, str], float] = {}
    for pair, value in draft.correlation.items():
        first, slash, second = pair.partition("/")
        if not slash or first == second or first not in draft.prices or second not in draft.prices:
            yield Fault(f"correlation.{pair}", "not a pair of two exogenous prices", f"token/token of {', '.join(sorted(draft.prices))}")
        elif isinstance(value, int | float) and not -1.0 <= value <= 1.0:
            yield Fault(f"correlation.{pair}", repr(value), "-1 to 1")
        elif isinstance(value, int | float):
            pairs[first, second] = float(value)
    try:
        cholesky(list(draft.prices), correlation_matrix(list(draft.prices), pairs))
    except ValueError as error:
        yield Fault("correlation", ", ".join(f"{first}/{second}" for first, second in pairs), str(error))


def check_for_names_taken_twice(draft: Draft) -> Iterator[Fault]:
    """Chains, claims, bridges, venues, feeds and markets are all reached by name: a name is one of them."""
    taken: dict[str, str] = dict.fromkeys(draft.chains, "chains")
    claims = [token for token in draft.tokens if draft.claim_of(token)]
    placed = {name: getattr(draft, name) for name in ("bridges", "venues", "feeds", "markets", "governance")}
    for section, names in {"tokens": claims, **placed}.items():
        for name in names:
            if name in taken:
                yield Fault(f"{section}.{name}", f"{name!r} is in {taken[name]} too", "a name of its own")
            taken.setdefault(name, section)


def warn_of_losses_at_the_trigger(draft: Draft) -> Iterator[Fault]:
    """A threshold times (1 + bonus) of 1 or more loses money already at the trigger: collateral cannot pay debt and bonus."""
    for name, market in draft.markets.items():
        terms = [(f"reserves.{token}", reserve, 0.05) for token, reserve in draft.reserves(name).items()]
        terms += [(f"emodes.{category}", _table(emode), 0.0) for category, emode in _items(market.table.get("emodes"))]
        for place, table, otherwise in terms:
            threshold, bonus = table.get("liquidation_threshold", 0.0), table.get("bonus", otherwise)
            if isinstance(threshold, int | float) and isinstance(bonus, int | float) and threshold * (1.0 + bonus) >= 1.0:
                found = f"liquidation_threshold {threshold:g} x (1 + bonus {bonus:g}) = {threshold * (1.0 + bonus):.4g}"
                yield Fault(f"markets.{name}.{place}", found, "below 1: loss at the trigger")


def warn_of_unused_feeds(draft: Draft) -> Iterator[Fault]:
    """A feed that no reserve and no other feed reads."""
    used = {str(reserve.get("feed")) for name in draft.markets for reserve in draft.reserves(name).values()}
    used |= {text.partition(":")[2] for feed in draft.feeds for _, text in draft.sources(feed)}
    used |= {pointer.name for pointer in draft.pointers() if pointer.sort == "feed"}
    used |= {str(value) for changes in draft.raw.get("variants", {}).values() for value in changes.values()}
    if not draft.markets or any(not draft.reserves(name) for name in draft.markets):
        return
    for feed in draft.feeds:
        if feed not in used:
            yield Fault(f"feeds.{feed}", "is read by nothing", "a feed that a reserve or another feed names")


def _table(value: Any) -> dict[str, Any]:
    return dict(_items(value))


def _items(value: Any) -> list[tuple[str, Any]]:
    return [(str(key), inner) for key, inner in value.items()] if isinstance(value, dict) else []


def _one_of(names: Iterable[str]) -> str:
    listed = sorted(names)
    return f"one of {', '.join(listed)}" if listed else "none are declared"


CHECKS: Final[tuple[Check, ...]] = (
    check_for_unknown_chains,
    check_for_unknown_venue_tokens,
    check_for_tokens_on_other_chains,
    check_for_unknown_reserve_tokens,
    check_for_missing_feeds,
    check_for_unknown_feeds,
    check_for_unknown_numeraires,
    check_for_unknown_sources,
    check_for_sources_on_other_chains,
    check_for_rings_of_feeds,
    check_for_unpriced_tokens,
    *FEED_CHECKS,
    *AUCTION_CHECKS,
    *CLAIM_CHECKS,
    *BRIDGE_CHECKS,
    *HUB_CHECKS,
    *GOVERNANCE_CHECKS,
    *SHOCK_CHECKS,
    *CONDITION_CHECKS,
    *CHAIN_CHECKS,
    *POPULATION_CHECKS,
    check_for_unknown_names_in_populations,
    check_for_unknown_correlations,
    check_for_names_taken_twice,
)
WARNINGS: Final[tuple[Check, ...]] = (
    warn_of_losses_at_the_trigger,
    warn_of_unused_feeds,
    *CHAIN_WARNINGS,
    *BRIDGE_WARNINGS,
    *HUB_WARNINGS,
    *FEED_WARNINGS,
)
