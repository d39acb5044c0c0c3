"""Family ``prices``: exogenous price processes. One file per kind."""

from model.prices.anchors import Anchors as Anchors
from model.prices.constant import Constant as Constant
from model.prices.gbm import GeometricBrownianMotion as GeometricBrownianMotion
from model.prices.jump_diffusion import JumpDiffusion as JumpDiffusion
from model.prices.mean_reverting_peg import MeanRevertingPeg as MeanRevertingPeg
from model.prices.regimes import Regimes as Regimes
from model.prices.student_t import StudentT as StudentT
from model.prices.table import Table as Table
