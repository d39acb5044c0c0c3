"""Family ``feeds``: how a price is stated on chain. One file per kind."""

from model.feeds.basket import Basket as Basket
from model.feeds.capped_growth import CappedGrowth as CappedGrowth
from model.feeds.constant import Constant as Constant
from model.feeds.delayed import Delayed as Delayed
from model.feeds.exchange_rate import ExchangeRate as ExchangeRate
from model.feeds.fallback import Fallback as Fallback
from model.feeds.linear_discount import LinearDiscount as LinearDiscount
from model.feeds.market import Market as Market
from model.feeds.median import Median as Median
from model.feeds.relayed import Relayed as Relayed
from model.feeds.time_weighted import TimeWeighted as TimeWeighted
