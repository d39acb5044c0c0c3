"""Family ``rates``: interest as a function of utilisation. One file per kind."""

from model.rates.adaptive_curve import AdaptiveCurve as AdaptiveCurve
from model.rates.fixed import Fixed as Fixed
from model.rates.jump import Jump as Jump
from model.rates.kinked import Kinked as Kinked
from model.rates.proportional import Proportional as Proportional
