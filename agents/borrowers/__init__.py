"""Role ``borrowers``: accounts with debt, and the populations that they come in."""

from agents.borrowers.carry_migrator import CarryMigrators as CarryMigrators
from agents.borrowers.diversifier import Diversifiers as Diversifiers
from agents.borrowers.flat_book import FlatBook as FlatBook
from agents.borrowers.hub_borrowers import HubBorrowers as HubBorrowers
from agents.borrowers.lst_borrowers import LstBorrowers as LstBorrowers
from agents.borrowers.pair_borrowers import PairBorrowers as PairBorrowers
from agents.borrowers.panicking import PanickingBorrowers as PanickingBorrowers
