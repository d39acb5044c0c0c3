"""Markets: registered kinds that compose mechanisms over the world. One file per kind."""
