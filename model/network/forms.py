"""Forms: what a token is on each chain. A token that a bridge brought to another chain is a claim on the bridge, not the token itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from model.bridges.burn_and_mint import BurnAndMint
from model.bridges.lock_and_mint import LockAndMint
from model.world.claim import ClaimToken
from model.world.world import World

Issuer = LockAndMint | BurnAndMint


@dataclass(frozen=True, slots=True)
class Part:
    """What one bridge has issued of a form: its node, the form at home, ``share`` of the form's supply (0 to 1), ``units`` of the home
    token that stand behind one, and whether they are ``locked`` with the bridge (not of a token that is burned and minted).
    """

    bridge: str
    home: str
    share: float
    units: float
    locked: bool


class Forms:
    """Names of tokens by chain, and what the bridges that issue them hold.

    A claim that a bridge keeps the backing of has a name of its own (``lst_r``); any other token that a bridge mints on a chain away from
    home is called ``<token>@<chain>`` (``eth@rollup``). Everything else keeps its name. Who bears a hole is the bridge's loss rule, applied
    yet or not: ``units`` of its forms fall, and where holders at home bear it too, ``kept`` (share of each token that they keep) does.
    ``pledged`` is what somebody has yet to give for a hole: (bridge node, chain, form at home, tokens, from outside or by dilution).

    Assumes: a burn-and-mint issuer's reserves stand behind all chains alike, so that all holders share a hole.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._names: dict[tuple[str, str], str] = {}
        self.parts: dict[str, tuple[Part, ...]] = {}
        self.chains: dict[str, str] = {}
        """Form -> the chain that it is on."""
        self.kept: dict[str, float] = {}
        self.pledged: list[tuple[str, str, str, float, bool]] = []
        bridges: list[Issuer] = [*world.all(LockAndMint), *world.all(BurnAndMint)]
        homes: set[tuple[str, str]] = set()
        issued: dict[tuple[str, str], list[Issuer]] = {}
        for bridge in bridges:
            homes.add((bridge.chain, bridge.params.token))
            for chain, token in bridge.params.forms.items():
                if (chain, token) not in homes:
                    issued.setdefault((chain, token), []).append(bridge)
        for chain, token in issued:
            self._names[chain, token] = token if isinstance(world.targets.get(token), ClaimToken) else f"{token}@{chain}"
        lost = {bridge.name: self._lost(bridge) for bridge in bridges}
        for (chain, token), makers in issued.items():
            name = self._names[chain, token]
            self.chains[name] = chain
            self.parts[name] = tuple(self._split(chain, token, makers, lost))

    def name(self, chain: str, token: str) -> str:
        """What a token of a chain's ledger is called."""
        return self._names.get((chain, token), token)

    def backing(self, *, par: bool = False) -> dict[str, dict[str, float]]:
        """Form -> units of each home token behind one; at ``par`` one for one."""
        found: dict[str, dict[str, float]] = {}
        for name, parts in self.parts.items():
            behind = found.setdefault(name, {})
            for part in parts:
                behind[part.home] = behind.get(part.home, 0.0) + part.share * (1.0 if par else part.units)
        return found

    def _lost(self, bridge: Issuer) -> Mapping[str, float]:
        """Share that holders of each form lose; books what holders at home lose."""
        home = self.name(bridge.chain, bridge.params.token)
        if isinstance(bridge, BurnAndMint):
            total = sum(bridge.ledgers[chain].supply(token) for chain, token in bridge.tokens.items()) + bridge.in_flight()
            if bridge.hole > 0.0 and total > 0.0:
                self.kept[home] = self.kept.get(home, 1.0) - min(bridge.hole / total, 1.0)
            return {}
        rule, params = bridge.rule or bridge.params.loss, bridge.params
        if rule == "spread" and not isinstance(self._world.targets.get(params.token), ClaimToken):
            rule = "bridged"  # a native token cannot be diluted
        found = bridge.haircuts(rule)
        node = f"bridge:{bridge.name}"
        if found.home > 0.0:
            self.kept[home] = self.kept.get(home, 1.0) * (1.0 - found.home)
            self.pledged.append((node, bridge.chain, home, bridge.hole, False))
            return {}  # dilution makes the forms whole, in tokens that are worth less
        if found.insured > 0.0:
            self.pledged.append((node, bridge.chain, home, found.insured, True))
        return found.forms

    def _split(self, chain: str, token: str, makers: list[Issuer], lost: Mapping[str, Mapping[str, float]]) -> list[Part]:
        """Parts of a form: what each lock keeps, the rest with the first that burns and mints."""
        locks = [one for one in makers if isinstance(one, LockAndMint)]
        burner = next((one for one in makers if isinstance(one, BurnAndMint)), None)
        made = {one.name: one.minted[chain] + one.in_flight(chain) for one in locks}
        flying = sum(one.in_flight(chain) for one in makers)
        total = max(self._world.ledgers[chain].supply(token) + flying, 0.0)
        free = max(total - sum(made.values()), 0.0) if burner is not None else 0.0
        whole = sum(made.values()) + free
        parts = []
        for one in locks:
            share = made[one.name] / whole if whole > 0.0 else 1.0 / len(makers)
            home, units = self.name(one.chain, one.params.token), 1.0 - lost[one.name].get(chain, 0.0)
            parts.append(Part(f"bridge:{one.name}", home, share, units, True))
        if burner is not None:
            home, share = self.name(burner.chain, burner.params.token), (free / whole if whole > 0.0 else 1.0 - sum(p.share for p in parts))
            parts.append(Part(f"bridge:{burner.name}", home, share, 1.0, False))
        return parts
