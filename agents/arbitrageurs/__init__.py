"""Role ``arbitrageurs``: who trades one price against another."""

from agents.arbitrageurs.cross_chain import CrossChainArbitrageurs as CrossChainArbitrageurs
from agents.arbitrageurs.discount_buyer import DiscountBuyers as DiscountBuyers
from agents.arbitrageurs.redemption import RedemptionArbitrageurs as RedemptionArbitrageurs
from agents.arbitrageurs.reference import ReferenceArbitrageurs as ReferenceArbitrageurs
