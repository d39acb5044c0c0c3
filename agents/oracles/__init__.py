"""Role ``oracles``: who states prices on chain."""

from agents.oracles.corrupted import CorruptedReporters as CorruptedReporters
from agents.oracles.faulty import FaultyReporters as FaultyReporters
from agents.oracles.honest import HonestReporters as HonestReporters
from agents.oracles.slow import SlowReporters as SlowReporters
