"""Family ``shocks``: what happens to the world from outside. One file per kind."""

from model.shocks.bridge_drain import BridgeDrain as BridgeDrain
from model.shocks.bridge_halt import BridgeHalt as BridgeHalt
from model.shocks.bridge_loss import BridgeLoss as BridgeLoss
from model.shocks.depeg_seller import DepegSeller as DepegSeller
from model.shocks.depth_collapse import DepthCollapse as DepthCollapse
from model.shocks.gas_spike import GasSpike as GasSpike
from model.shocks.issuer_default import IssuerDefault as IssuerDefault
from model.shocks.liquidity_leaving import LiquidityLeaving as LiquidityLeaving
from model.shocks.message_delay import MessageDelay as MessageDelay
from model.shocks.oracle_freeze import OracleFreeze as OracleFreeze
from model.shocks.oracle_lag import OracleLag as OracleLag
from model.shocks.oracle_value import OracleValue as OracleValue
from model.shocks.price_crash import PriceCrash as PriceCrash
from model.shocks.sequencer_halt import SequencerHalt as SequencerHalt
from model.shocks.slashing import Slashing as Slashing
from model.shocks.unbacked_mint import UnbackedMint as UnbackedMint
from model.shocks.volatility_regime import VolatilityRegime as VolatilityRegime
from model.shocks.whale_leaving import WhaleLeaving as WhaleLeaving
