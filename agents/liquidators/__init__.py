"""Role ``liquidators``: who takes what liquidations offer."""

from agents.liquidators.cross_chain_liquidator import CrossChainLiquidators as CrossChainLiquidators
from agents.liquidators.flash import FlashLiquidators as FlashLiquidators
from agents.liquidators.inventory import InventoryLiquidators as InventoryLiquidators
from agents.liquidators.redeeming import RedeemingLiquidators as RedeemingLiquidators
