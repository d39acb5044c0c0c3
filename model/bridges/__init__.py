"""Family ``bridges``: how a token gets from one chain to another. One file per kind."""

from model.bridges.burn_and_mint import BurnAndMint as BurnAndMint
from model.bridges.canonical import Canonical as Canonical
from model.bridges.liquidity import Liquidity as Liquidity
from model.bridges.lock_and_mint import LockAndMint as LockAndMint
from model.bridges.solvers import Solvers as Solvers
