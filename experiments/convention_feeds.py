"""The feeds of the three conventions to price a claim, found in a scenario or put into it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from agents.base import Population
from experiments.draft import Draft
from model.core.errors import BadInput, Fault
from model.core.units import parse_time
from model.feeds.base import Feed

CAP_GROWTH: Final = 0.05
"""Growth of the capped rate's ceiling, 1/year, where the scenario has no such feed of its own."""
REPORTER: Final = "convention_reporter"
"""Population that posts the market feed, where nobody of the scenario would."""


class ConventionFeeds:
    """Feeds on one chain of a raw scenario. ``layers`` are a claim and what it stands on, one below the other; ``times`` is the feed of the
    last of them in the markets' numeraire, None where that is the numeraire.
    """

    def __init__(self, draft: Draft, raw: dict[str, Any], chain: str) -> None:
        self.draft = draft
        self.raw = raw
        self.chain = chain

    def market(self, layers: Sequence[str], times: str | None) -> str:
        """A posted feed of what venues pay for the claim, or for the uppermost of its layers that trades, times the rates around that.

        Raises:
            BadInput: nothing of it trades for anything that it stands on.
        """
        pairs = [(above, below) for place, above in enumerate(layers) for below in layers[place + 1 :]]
        for above, below in pairs:
            sources = [f"venue:{venue} {above}/{below}" for venue in self._trading(above, below)]
            if sources:
                under = self.rate(layers[layers.index(below) :], times, "convention_below")
                posted = self._stand("convention_market", {"kind": "market", "sources": sources, **_times(under)})
                self._report(posted)
                priced = self.rate(layers[: layers.index(above) + 1], posted, "convention_market")
                assert priced is not None
                return priced
        listed = ", ".join(f"{above}/{below}" for above, below in pairs)
        raise BadInput([Fault("--claim", layers[0], f"a claim with a venue on {self.chain}: {listed}")])

    def rate(self, layers: Sequence[str], times: str | None, stem: str = "convention_rate") -> str | None:
        """A feed of the exchange rates from the first layer to the last, times a feed; that feed itself where there is one layer. The rate
        of a layer on another chain comes from there after the usual delay of a relay.
        """
        for token in reversed(layers[:-1]):
            read = f"claim:{token}"
            if self.draft.tokens[token].chain != self.chain:
                relay = self._stand(f"convention_relay_{token}", {"kind": "relayed", "source": read})
                if times is None:
                    times = relay
                    continue
                read = f"feed:{relay}"
            times = self._stand(f"{stem}_{token}", {"kind": "exchange_rate", "claim": read, **_times(times)})
        return times

    def capped(self, layers: Sequence[str], times: str | None, at_genesis: Callable[[str], float]) -> str:
        """A feed of the rates whose product may grow only so fast, from what ``at_genesis`` says of the feed of that product."""
        whole = self.rate(layers, None, "convention_bare")
        assert whole is not None
        for rate in (f"claim:{layers[0]}", f"feed:{whole}") if len(layers) == 2 else (f"feed:{whole}",):
            found = self._find({"kind": "capped_growth", "rate": rate, "snapshot_ratio": 1.0, "snapshot_time": 0.0, **_times(times)})
            if found is not None:
                return found
        snapshot = {"snapshot_ratio": at_genesis(whole), "snapshot_time": parse_time(self.raw["run"]["start"])}
        capped = {"kind": "capped_growth", "rate": f"feed:{whole}", "growth_per_year": CAP_GROWTH, **snapshot, **_times(times)}
        return self._stand("convention_capped", capped)

    def _trading(self, above: str, below: str) -> list[str]:
        """Venues of the chain that trade the pair."""
        return [
            name
            for name, venue in self.draft.venues.items()
            if venue.chain == self.chain and {above, below} <= set(self.draft.venue_tokens(name))
        ]

    def _find(self, mechanism: dict[str, Any]) -> str | None:
        """A feed of the scenario of the same kind that reads the same, whatever its other parameters."""
        wanted = _sources(mechanism)
        for name, entry in self.raw["feeds"].items():
            if entry["chain"] == self.chain and entry["mechanism"]["kind"] == mechanism["kind"] and _sources(entry["mechanism"]) == wanted:
                return str(name)
        return None

    def _stand(self, name: str, mechanism: dict[str, Any]) -> str:
        """Such a feed: the scenario's own, else one that is put into it."""
        found = self._find(mechanism)
        if found is not None:
            return found
        self.raw["feeds"][name] = {"chain": self.chain, "mechanism": mechanism}
        return name

    def _report(self, feed: str) -> None:
        """See that somebody posts a feed."""
        for entry in self.raw["agents"].values():
            kind = Population.kinds[entry["kind"]]
            if kind.role == "oracles" and entry["chain"] == self.chain and (not entry.get("feeds") or feed in entry["feeds"]):
                return
        self.raw["agents"][REPORTER] = {"kind": "honest", "chain": self.chain, "feeds": [feed]}


def _times(feed: str | None) -> dict[str, str]:
    return {"times": f"feed:{feed}"} if feed is not None else {}


def _sources(mechanism: dict[str, Any]) -> tuple[str, ...]:
    kind: Any = Feed.kinds[mechanism["kind"]]
    params = {key: value for key, value in mechanism.items() if key != "kind"}
    return tuple(kind(kind.Params.read(params)).sources())
