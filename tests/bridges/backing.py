"""Conservation across bridges told from the ledgers alone, by nobody's books but the holes that bridges declare and what is on its way."""

from __future__ import annotations

from model.bridges import BurnAndMint, LockAndMint
from model.world.world import World


def gaps(world: World) -> dict[str, float]:
    """For each token that bridges lock: (all there is of its forms + in flight - what lockers hold - declared holes) / gross; and for each
    token that is burned and minted: (net minted by bridges + in flight - declared hole) / gross.
    """
    found: dict[str, float] = {}
    lockers: dict[tuple[str, str], list[LockAndMint]] = {}
    for bridge in world.all(LockAndMint):
        lockers.setdefault((bridge.chain, bridge.params.token), []).append(bridge)
    for (home, token), bridges in lockers.items():
        forms = {form for bridge in bridges for form in bridge.params.forms.items()}
        held = sum(float(world.ledgers[chain].column(name).sum()) for chain, name in forms)
        flying = sum(message.amount for bridge in bridges for message in bridge.messages.values())
        locked = sum(world.ledgers[home].balance(token, bridge.account) for bridge in bridges)
        hole = sum(bridge.hole for bridge in bridges)
        gross = sum(float(abs(world.ledgers[chain].column(name)).sum()) for chain, name in forms) + flying + locked + hole
        found[f"{token} on {home}"] = (held + flying - locked - hole) / max(gross, 1e-3)
    burners: dict[tuple[tuple[str, str], ...], list[BurnAndMint]] = {}
    for burner in world.all(BurnAndMint):
        burners.setdefault(tuple(sorted(burner.tokens.items())), []).append(burner)
    for tokens, same in burners.items():
        minted = [world.ledgers[chain].sources(token)["bridge"] for chain, token in tokens]
        flying = sum(message.amount for one in same for message in one.messages.values())
        hole = sum(one.hole for one in same)
        gross = sum(map(abs, minted)) + flying + hole
        found[" ".join(token for _, token in tokens)] = (sum(minted) + flying - hole) / max(gross, 1e-3)
    return found


def check_backing(world: World) -> None:
    """Every gap is rounding."""
    for token, gap in gaps(world).items():
        assert abs(gap) < 1e-9, (token, gap)
