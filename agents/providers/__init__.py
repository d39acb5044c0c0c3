"""Role ``providers``: liquidity providers of trading venues."""

from agents.providers.reacting import ReactingProviders as ReactingProviders
from agents.providers.scheduled import ScheduledProviders as ScheduledProviders
