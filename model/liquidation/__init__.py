"""Family ``liquidation``: mechanisms that close unhealthy positions. One file per kind."""

from model.liquidation.absorption import Absorption as Absorption
from model.liquidation.dust_aware_spread import DustAwareSpread as DustAwareSpread
from model.liquidation.dutch_auction import DutchAuction as DutchAuction
from model.liquidation.english_auction import EnglishAuction as EnglishAuction
from model.liquidation.fixed_spread import FixedSpread as FixedSpread
from model.liquidation.health_scaled import HealthScaled as HealthScaled
from model.liquidation.lltv_incentive import LltvIncentive as LltvIncentive
from model.liquidation.target_health import TargetHealth as TargetHealth
