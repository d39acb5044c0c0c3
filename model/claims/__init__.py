"""Family ``claims``: what stands behind a token. One file per kind."""
