"""What is wrong with the shocks of a scenario: a target that cannot suffer what is asked of it.

Names that point at nothing are found with those of the populations (``experiments.check``); these checks look at what stands under a
name. Whatever they let through strikes without a refusal: no run ends at its shock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from experiments.draft import Draft, Placed
from model.bridges.base import Bridge
from model.claims.base import Claim
from model.core.errors import Fault
from model.markets.base import Market
from model.shocks.base import Shock
from model.venues.base import Venue
from model.world.mail import Mail


def check_for_failures_that_a_bridge_cannot_suffer(draft: Draft) -> Iterator[Fault]:
    """A bridge is drained, mints what nothing backs or has a loss to allocate only where its kind can."""
    for name, placed in _of(draft, "bridge"):
        bridge, failure = placed.table["bridge"], _failure(placed)
        kind = _bridge_kind(draft, bridge)
        if not failure or kind is None or failure in kind.failures:
            continue
        able = [other for other in draft.bridges if (found := _bridge_kind(draft, other)) is not None and failure in found.failures]
        what = f"{bridge!r} of kind {draft.bridges[bridge].table.get('kind')}, which cannot suffer it"
        yield Fault(f"shocks.{name}.bridge", what, f"a bridge of kind {_kinds_with(failure)}: {_one_of(able)}")


def check_for_markets_that_send_nothing(draft: Draft) -> Iterator[Fault]:
    """Messages are those of bridges and hubs."""
    for name, placed in draft.shocks.items():
        hubs = placed.table.get("hubs") if placed.kind is not None and "hubs" in placed.kind.Params.model_fields else ()
        able = [other for other, market in draft.markets.items() if market.kind is not None and issubclass(market.kind, Mail)]
        for market in hubs if isinstance(hubs, list | tuple) else ():
            if market in draft.markets and market not in able:
                found = f"{market!r} of kind {draft.markets[market].table.get('kind')}, which sends no messages"
                yield Fault(f"shocks.{name}.hubs", found, f"a hub: {_one_of(able)}")


def check_for_unbacked_mints_nowhere(draft: Draft) -> Iterator[Fault]:
    """What a bridge mints without backing appears on a chain on which it mints."""
    for name, placed in _of(draft, "bridge", "on"):
        kind = _bridge_kind(draft, placed.table["bridge"])
        if kind is None or "mint_unbacked" not in kind.failures:
            continue
        ends = list(draft.ends(placed.table["bridge"]))
        allowed = ends if kind.mints_at_home else ends[1:]
        if placed.table["on"] in draft.chains and placed.table["on"] not in allowed:
            where = f"a chain on which {placed.table['bridge']} mints: {_one_of(allowed)}"
            yield Fault(f"shocks.{name}.on", repr(placed.table["on"]), where)


def check_for_losses_of_no_chain(draft: Draft) -> Iterator[Fault]:
    """A loss that one chain is to bear needs that chain, which is a parameter of the bridge."""
    for name, placed in _of(draft, "bridge", "rule"):
        bridge = draft.bridges.get(placed.table["bridge"])
        if placed.table["rule"] == "chain" and bridge is not None and bridge.table.get("loss_chain") is None:
            wanted = f"bridges.{bridge.name}.loss_chain, {_one_of(list(draft.ends(bridge.name))[1:])}"
            yield Fault(f"shocks.{name}.rule", f"'chain', but {bridge.name} has no loss_chain", wanted)


def check_for_unknown_takers(draft: Draft) -> Iterator[Fault]:
    """What is taken or forged goes to a population, to the world outside, and to one that may hold the token."""
    for name, placed in _of(draft, "bridge", "to"):
        taker, known = placed.table["to"], [*draft.agents, "outside"]
        if taker not in known:
            yield Fault(f"shocks.{name}.to", repr(taker), _one_of(known))
            continue
        ends = draft.ends(placed.table["bridge"]) if placed.table["bridge"] in draft.bridges else {}
        chain = placed.table.get("on", next(iter(ends), None))
        if chain in ends and not _may_hold(draft, ends[chain], taker):
            admitted = f"admitted: {_one_of(_admitted(draft, ends[chain]))}"
            yield Fault(f"shocks.{name}.to", f"{taker!r}, who may not hold {ends[chain]}", admitted)


def check_for_sales_where_nothing_trades(draft: Draft) -> Iterator[Fault]:
    """A seller finds both tokens on the venue, and may hold what it sells."""
    for name, placed in _of(draft, "venue", "token", "into"):
        token, into, tokens = placed.table["token"], placed.table["into"], traded(draft, placed.table["venue"])
        for key in ("token", "into"):
            if tokens and placed.table[key] in draft.known_tokens() and placed.table[key] not in tokens:
                found = f"{placed.table[key]!r}, which does not trade on {placed.table['venue']}"
                yield Fault(f"shocks.{name}.{key}", found, _one_of(tokens))
        if token == into:
            yield Fault(f"shocks.{name}.into", repr(into), f"another token than is sold: {_one_of(set(tokens) - {token})}")
        if not _may_hold(draft, token, f"seller {name}"):
            allowed = f"a token that anybody may hold, or 'seller {name}' among its admitted holders"
            yield Fault(f"shocks.{name}.token", f"{token!r}, which the seller may not hold", allowed)


def check_for_venues_that_cannot_thin_out(draft: Draft) -> Iterator[Fault]:
    """Depth collapses on a reference book; liquidity leaves a pool whose shares are a token."""
    kinds = {name: kind for name in draft.venues if (kind := _venue_kind(draft, name)) is not None}
    books = [name for name, kind in kinds.items() if "depth_factor" in getattr(kind.Params, "model_fields", {})]
    pools = [name for name, kind in kinds.items() if kind.fungible and not kind.exogenous]
    for name, placed in _of(draft, "venue"):
        wanted = {"depth_collapse": ("a reference book", books), "liquidity_leaving": ("a pool whose shares are a token", pools)}
        what, able = wanted.get(placed.kind.kind if placed.kind is not None else "", ("", []))
        venue = placed.table["venue"]
        if what and traded(draft, venue) and venue not in able:
            kind = draft.venues[venue].table["mechanism"]["kind"] if venue in kinds else "soft liquidation"
            yield Fault(f"shocks.{name}.venue", f"{venue!r} of kind {kind}, which cannot suffer it", f"{what}: {_one_of(able)}")


def check_for_shocks_to_prices_that_are_not_exogenous(draft: Draft) -> Iterator[Fault]:
    """A crash or a regime moves true prices; of a token that only venues price, a seller moves it."""
    for name, placed in _of(draft, "tokens"):
        for token in placed.table["tokens"] if isinstance(placed.table["tokens"], list | tuple) else ():
            if token in draft.known_tokens() and token not in draft.prices:
                yield Fault(f"shocks.{name}.tokens", f"{token!r}, which has no true price", _one_of(draft.prices))


def check_for_claims_that_cannot_be_impaired(draft: Draft) -> Iterator[Fault]:
    """A bridged form is not slashed: its backing stands with its bridge, which can be drained."""
    for name, placed in _of(draft, "claim"):
        token = placed.table["claim"]
        kind = _claim_kind(draft, token)
        if kind is not None and not kind.impairable:
            able = [other for other in draft.tokens if (found := _claim_kind(draft, other)) is not None and found.impairable]
            what = f"{token!r} of kind {kind.kind}, whose backing stands with its bridge"
            yield Fault(f"shocks.{name}.claim", what, f"{_one_of(able)}; of a bridged form shock its bridge")


def check_for_claims_that_cannot_suffer_it(draft: Draft) -> Iterator[Fault]:
    """An issuer defaults on a claim that has one; a service slashes the claim that secures it."""
    for name, placed in _of(draft, "claim"):
        token = placed.table["claim"]
        kind, wanted = _claim_kind(draft, token), placed.table.get("service")
        if kind is None or placed.kind is None:
            continue
        if placed.kind.kind == "issuer_default" and not kind.defaults:
            able = [other for other in draft.tokens if (found := _claim_kind(draft, other)) is not None and found.defaults]
            yield Fault(f"shocks.{name}.claim", f"{token!r} of kind {kind.kind}, which has no issuer", _one_of(able))
        services = draft.claim_of(token).get("services", {})
        if placed.kind.kind == "slashing" and isinstance(wanted, str) and isinstance(services, Mapping) and wanted not in services:
            yield Fault(f"shocks.{name}.service", f"{wanted!r}, which {token} does not secure", f"a service: {_one_of(services)}")


def check_for_deposits_that_cannot_leave(draft: Draft) -> Iterator[Fault]:
    """Whales leave a market that lenders deposit in and that pays them out itself, with a token that it lends."""
    for name, placed in _of(draft, "market", "token"):
        if placed.kind is None or placed.kind.kind != "whale_leaving":
            continue
        market, token = placed.table["market"], placed.table["token"]
        able = {other: tokens for other in draft.markets if _takes_deposits(draft, other) and (tokens := lent(draft, other))}
        if market in draft.markets and market not in able:
            found = f"{market!r} of kind {draft.markets[market].table.get('kind')}, which pays out no deposits"
            yield Fault(f"shocks.{name}.market", found, _one_of(able))
        elif market in able and token in draft.known_tokens() and token not in able[market]:
            yield Fault(f"shocks.{name}.token", f"{token!r}, which {market} does not lend", _one_of(able[market]))


def traded(draft: Draft, venue: str) -> list[str]:
    """Tokens that trade on a venue, the bands of a soft-liquidating market included; none for an unknown one."""
    if venue in draft.venues:
        return draft.venue_tokens(venue)
    market = draft.markets.get(venue.removesuffix(".bands"))
    if market is None or market.kind is None or not venue.endswith(".bands"):
        return []
    return [text for key in ("stablecoin", "collateral") if isinstance(text := market.table.get(key, _default(market.kind, key)), str)]


def lent(draft: Draft, market: str) -> list[str]:
    """Tokens that a market lends, as its kind's parameters name them."""
    placed = draft.markets[market]
    if placed.kind is None or not issubclass(placed.kind, Market):
        return []
    found: list[str] = []
    for path in placed.kind.lent_in:
        first, *rest = path.split(".")
        values = [placed.table.get(first, _default(placed.kind, first))]
        for step in rest:
            tables = [value for value in values if isinstance(value, Mapping)]
            values = [inner for table in tables for key, inner in table.items() if step in ("*", key)]
        for value in values:
            found.extend([value] if isinstance(value, str) else value if isinstance(value, Mapping) else ())
    return found


def _of(draft: Draft, *keys: str) -> Iterator[tuple[str, Placed]]:
    """Shocks whose kind has these parameters, where all of them are given as what they should be (``tokens``: several)."""
    for name, placed in draft.shocks.items():
        fields = placed.kind.Params.model_fields if placed.kind is not None else {}
        if all(key in fields and isinstance(placed.table.get(key), list | tuple if key == "tokens" else str) for key in keys):
            yield name, placed


def _failure(placed: Placed) -> str:
    return placed.kind.failure if placed.kind is not None and issubclass(placed.kind, Shock) else ""


def _kinds_with(failure: str) -> str:
    return ", ".join(sorted(name for name, kind in Bridge.kinds.items() if failure in kind.failures))


def _bridge_kind(draft: Draft, name: str) -> type[Bridge] | None:
    kind = draft.bridges[name].kind if name in draft.bridges else None
    return kind if kind is not None and issubclass(kind, Bridge) else None


def _claim_kind(draft: Draft, token: str) -> type[Claim] | None:
    kind: type[Claim] | None = Claim.kinds.get(str(draft.claim_of(token).get("kind")))
    return kind


def _venue_kind(draft: Draft, name: str) -> type[Venue] | None:
    mechanism = draft.venues[name].table.get("mechanism")
    kind: type[Venue] | None = Venue.kinds.get(str(mechanism.get("kind"))) if isinstance(mechanism, Mapping) else None
    return kind


def _takes_deposits(draft: Draft, market: str) -> bool:
    kind = draft.markets[market].kind
    return kind is not None and issubclass(kind, Market) and kind.takes_deposits


def _admitted(draft: Draft, token: str) -> list[str]:
    admitted = draft.claim_of(token).get("admitted")
    return [text for text in admitted if isinstance(text, str)] if isinstance(admitted, list | tuple) else []


def _may_hold(draft: Draft, token: str, holder: str) -> bool:
    """Whether a token's list of holders, where it has one, has this one."""
    return holder == "outside" or not isinstance(draft.claim_of(token).get("admitted"), list | tuple) or holder in _admitted(draft, token)


def _default(kind: Any, name: str) -> Any:
    info = kind.Params.model_fields.get(name)
    return None if info is None or info.is_required() else info.default


def _one_of(names: Iterable[str]) -> str:
    listed = sorted(names)
    return f"one of {', '.join(listed)}" if listed else "none are declared"


SHOCK_CHECKS: Final[tuple[Callable[[Draft], Iterable[Fault]], ...]] = (
    check_for_failures_that_a_bridge_cannot_suffer,
    check_for_markets_that_send_nothing,
    check_for_unbacked_mints_nowhere,
    check_for_losses_of_no_chain,
    check_for_unknown_takers,
    check_for_sales_where_nothing_trades,
    check_for_venues_that_cannot_thin_out,
    check_for_shocks_to_prices_that_are_not_exogenous,
    check_for_claims_that_cannot_be_impaired,
    check_for_claims_that_cannot_suffer_it,
    check_for_deposits_that_cannot_leave,
)
