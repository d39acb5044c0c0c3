"""Family ``feeds``: how a price is stated on chain. One file per kind."""
