"""Kind ``unbacked_mint``: a bridge mints, or releases, tokens with nothing behind them."""

from __future__ import annotations

from model.bridges.base import Bridge
from model.core.params import param
from model.shocks.base import Shock, ShockParams
from model.world.accounts import OUTSIDE
from model.world.world import World


class UnbackedMintParams(ShockParams):
    """A forged message."""

    bridge: str = param(unit="bridge", description="Bridge that believes it")
    on: str = param(unit="chain", description="Chain on which the tokens appear")
    amount: float = param(unit="token", gt=0, description="Amount that appears")
    to: str | None = param(None, unit="account", description="Account or population that gets it; none for the world outside")


class UnbackedMint(Shock, kind="unbacked_mint"):
    """An amount appears on a chain to an account; the bridge's hole grows by it, and its loss rule says who bears it."""

    failure = "mint_unbacked"
    Params = UnbackedMintParams
    params: UnbackedMintParams

    def begin(self, world: World) -> None:
        """Mint, once."""
        bridge = world.targets[self.params.bridge]
        assert isinstance(bridge, Bridge)
        to = OUTSIDE if self.params.to is None else world.accounts.of(self.params.to)
        bridge.mint_unbacked(self.params.on, self.params.amount, to)
