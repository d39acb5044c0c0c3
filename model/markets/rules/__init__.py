"""Family ``rules``: rule sets of the pooled market, by protocol version. One file per kind."""

from model.markets.rules.aave_v2 import AaveV2 as AaveV2
from model.markets.rules.aave_v3 import AaveV3 as AaveV3
from model.markets.rules.aave_v3_3 import AaveV33 as AaveV33
from model.markets.rules.aave_v4 import AaveV4 as AaveV4
