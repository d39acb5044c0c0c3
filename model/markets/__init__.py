"""Markets: registered kinds that compose mechanisms over the world. One file per kind."""

from model.markets.compound_v2 import CompoundV2 as CompoundV2
from model.markets.compound_v3 import CompoundV3 as CompoundV3
from model.markets.euler import Euler as Euler
from model.markets.hub import Hub as Hub
from model.markets.liquity import Liquity as Liquity
from model.markets.llamma import Llamma as Llamma
from model.markets.maker import Maker as Maker
from model.markets.morpho import Morpho as Morpho
from model.markets.pooled import Pooled as Pooled
from model.markets.vault import Vault as Vault
