"""Role ``holders``: holders of a token outside the lending markets, whose demand is finite."""

from agents.holders.distressed import DistressedHolders as DistressedHolders
from agents.holders.elastic_demand import ElasticDemand as ElasticDemand
from agents.holders.roller import Rollers as Rollers
