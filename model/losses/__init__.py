"""Family ``losses``: who bears what a liquidation leaves uncovered. One file per kind."""
