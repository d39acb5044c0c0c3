"""Role ``guardians``: those who may act on parameters in an emergency."""

from agents.guardians.guardian import Guardians as Guardians
