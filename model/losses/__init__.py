"""Family ``losses``: who bears what a liquidation leaves uncovered. One file per kind."""

from model.losses.backstop import Backstop as Backstop
from model.losses.deficit import Deficit as Deficit
from model.losses.redistribution import Redistribution as Redistribution
from model.losses.reserve_first import ReserveFirst as ReserveFirst
from model.losses.socialisation import Socialisation as Socialisation
from model.losses.stability_pool import StabilityPool as StabilityPool
from model.losses.surplus_and_debt_auction import SurplusAndDebtAuction as SurplusAndDebtAuction
