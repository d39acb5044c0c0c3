"""The world as a network: who stands on what, who holds what, who owes whom, and what that does when something fails."""

from model.network.books import Books as Books
from model.network.contagion import clear_world as clear_world
from model.network.critical import critical_nodes as critical_nodes
from model.network.distress import distress as distress
from model.network.exposure import account_table as account_table
from model.network.exposure import exposure_table as exposure_table
from model.network.exposure import final_exposure as final_exposure
from model.network.exposure import net_exposure as net_exposure
from model.network.graph import network_of as network_of
from model.network.overlap import depth_table as depth_table
from model.network.overlap import overlap_of as overlap_of
from model.network.overlap import overlap_table as overlap_table
