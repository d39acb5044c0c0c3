"""Role ``stewards``: those who set risk parameters by what they measure."""

from agents.stewards.collateral_scaling import CollateralScalers as CollateralScalers
