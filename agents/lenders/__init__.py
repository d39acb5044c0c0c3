"""Role ``lenders``: suppliers of what is borrowed."""

from agents.lenders.depositor import Depositors as Depositors
from agents.lenders.runner import Runners as Runners
from agents.lenders.yield_seeker import YieldSeekers as YieldSeekers
