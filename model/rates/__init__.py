"""Family ``rates``: interest as a function of utilisation. One file per kind."""
