"""Family ``venues``: where tokens trade. One file per kind."""

from model.venues.concentrated import Concentrated as Concentrated
from model.venues.constant_product import ConstantProduct as ConstantProduct
from model.venues.reference_book import ReferenceBook as ReferenceBook
from model.venues.stableswap import StableSwap as StableSwap
