"""Family ``claims``: what stands behind a token. One file per kind."""

from model.claims.bridged import Bridged as Bridged
from model.claims.fixed_maturity import FixedMaturity as FixedMaturity
from model.claims.pool_share import PoolShare as PoolShare
from model.claims.restaked import Restaked as Restaked
from model.claims.staked import Staked as Staked
from model.claims.synthetic import Synthetic as Synthetic
from model.claims.tokenised_real_world import TokenisedRealWorld as TokenisedRealWorld
from model.claims.wrapped import Wrapped as Wrapped
