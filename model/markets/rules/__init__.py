"""Family ``rules``: rule sets of the pooled market, by protocol version. One file per kind."""

from model.markets.rules.aave_v2 import AaveV2 as AaveV2
