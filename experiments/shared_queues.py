"""The exit queues of a scenario: claims on the same native token of a chain leave through one, and state its facts once or alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from experiments.draft import Draft
from model.claims.base import Claim
from model.claims.exit_queue import QUEUE_TERMS, ExitQueueParams
from model.core.errors import Fault


def check_for_exit_queues_that_disagree(draft: Draft) -> Iterator[Fault]:
    """What two claims on the same stake say of its exit queue is the same."""
    for (chain, stake), tokens in _sharing(draft).items():
        said: dict[str, tuple[str, Any]] = {}
        for token in tokens:
            claim = draft.claim_of(token)
            for name in QUEUE_TERMS:
                if name in claim:
                    place = f"tokens.{token}.claim.{name}"
                    other, value = said.setdefault(name, (place, claim[name]))
                    if value != claim[name]:
                        shared = f"{value!r}, as {other} says: both leave through the exit queue of {stake} on {chain}"
                        yield Fault(place, repr(claim[name]), shared)


def with_shared_queues(raw: object) -> object:
    """The raw scenario in which every claim on a stake states what one of them states of its exit queue; a copy where anything changes."""
    if not isinstance(raw, Mapping) or not isinstance(raw.get("tokens"), Mapping):
        return raw
    draft, tokens = Draft.of(raw), dict(raw["tokens"])
    for sharing in _sharing(draft).values():
        terms: dict[str, Any] = {}
        for token in sharing:
            terms = {**{name: value for name, value in draft.claim_of(token).items() if _sound(name, value)}, **terms}
        for token in sharing:
            tokens[token] = {**tokens[token], "claim": {**terms, **tokens[token]["claim"]}}
    return {**raw, "tokens": tokens}


def _sound(name: str, value: Any) -> bool:
    """Whether it is a fact of a queue that the schema takes; what it refuses is refused where it stands, once."""
    try:
        return name in QUEUE_TERMS and bool(ExitQueueParams.model_validate({name: value}))
    except ValidationError:
        return False


def _sharing(draft: Draft) -> dict[tuple[str, str], list[str]]:
    """(chain, native token) -> the claims whose backing is that stake."""
    found: dict[tuple[str, str], list[str]] = {}
    for token, placed in draft.tokens.items():
        kind = Claim.kinds.get(str(draft.claim_of(token).get("kind")))
        if kind is None or not issubclass(kind.Params, ExitQueueParams) or placed.chain is None:
            continue
        for stake in draft.backing_of(token):
            if not draft.claim_of(stake):
                found.setdefault((placed.chain, stake), []).append(token)
    return found
