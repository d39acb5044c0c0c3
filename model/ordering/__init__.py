"""Family ``ordering``: how a block is filled. One file per kind."""
