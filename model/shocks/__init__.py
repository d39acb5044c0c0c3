"""Family ``shocks``: what happens to the world from outside. One file per kind."""
