"""What travels over a bridge: a message with tokens, and a crossing as quoted."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Message:
    """Tokens on their way: ``amount`` is what the recipient gets on ``to_chain``, ``due`` the time (seconds) from which it can be paid;
    infinite while there is nothing to pay it from. ``claimed`` ones wait for the recipient's ``collect``.
    """

    number: int
    sender: int
    recipient: int
    from_chain: str
    to_chain: str
    amount: float
    sent: float
    due: float
    claimed: bool = False


@dataclass(frozen=True, slots=True)
class Transit:
    """A crossing as quoted: tokens ``received`` on the other chain, ``fee`` in the token sent, ``seconds`` until they can be had: the wait
    for a rate limit included, infinity where the bridge would owe them until something comes in to pay them from.
    """

    received: float
    fee: float
    seconds: float
