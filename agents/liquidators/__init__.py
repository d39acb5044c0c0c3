"""Role ``liquidators``: who takes what liquidations offer."""

from agents.liquidators.inventory import InventoryLiquidators as InventoryLiquidators
