"""Family ``prices``: exogenous price processes. One file per kind."""
