"""Family ``liquidation``: mechanisms that close unhealthy positions. One file per kind."""
