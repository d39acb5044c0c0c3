"""Role ``adversaries``: who takes what is not theirs, and turns it into something else."""

from agents.adversaries.loot_borrower import LootBorrowers as LootBorrowers
from agents.adversaries.mispriced_collateral import MispricedCollateral as MispricedCollateral
