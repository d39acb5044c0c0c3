"""What an Aave oracle's description lets one guess about how it states its price. A guess, and marked as such."""

from __future__ import annotations

import re
from typing import Any


def guess_convention(symbol: str, description: str | None, answer: int, decimals: int | None) -> dict[str, Any]:
    """Convention and base of a feed, from its description.

    ``convention`` is one of: ``market`` (a feed of the token itself), ``pegged`` (the feed of another asset), ``capped_market`` (market,
    bounded above), ``exchange_rate`` (a rate times a base), ``capped_growth`` (a rate whose growth is bounded, times a base),
    ``discount_to_maturity`` (principal token), ``fixed``, ``unknown``. ``base`` is what the price is a multiple of.
    """
    found = {"convention": "unknown", "base": "", "guessed": True}
    if description is None:
        if decimals is not None and answer == 10**decimals:
            found["convention"] = "fixed"
        return found
    capped = description.startswith("Capped ")
    parts = [part.strip() for part in re.sub(r"^Capped ", "", description).split("/")]
    if "linear discount" in description:
        return found | {"convention": "discount_to_maturity", "base": symbol.split("-")[1] if "-" in symbol else parts[0]}
    base = re.sub(r".*\((\w+)\)$", r"\1", parts[1]) if len(parts) == 3 else parts[0]
    if len(parts) == 3:
        return found | {"convention": "capped_growth" if capped else "exchange_rate", "base": base}
    if _same(symbol, parts[0]):
        return found | {"convention": "capped_market" if capped else "market", "base": base}
    return found | {"convention": "pegged", "base": base, "capped": capped}


def _same(symbol: str, asset: str) -> bool:
    """Whether a feed's asset is the token itself or what it wraps."""
    plain = symbol.lower()
    wraps = plain.removeprefix("w") if plain in ("weth", "wbtc", "wmnt") else plain
    return asset.lower() in (plain, wraps)
