"""Role ``arbitrageurs``: who trades one price against another."""

from agents.arbitrageurs.discount_buyer import DiscountBuyers as DiscountBuyers
from agents.arbitrageurs.reference import ReferenceArbitrageurs as ReferenceArbitrageurs
