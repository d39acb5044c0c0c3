"""Role ``oracles``: who states prices on chain."""

from agents.oracles.honest import HonestReporters as HonestReporters
