"""Role ``providers``: liquidity providers of trading venues."""

from agents.providers.scheduled import ScheduledProviders as ScheduledProviders
