"""Markets: registered kinds that compose mechanisms over the world. One file per kind."""

from model.markets.liquity import Liquity as Liquity
from model.markets.llamma import Llamma as Llamma
from model.markets.maker import Maker as Maker
from model.markets.pooled import Pooled as Pooled
