"""Family ``bridges``: how a token gets from one chain to another. One file per kind."""

from model.bridges.lock_and_mint import LockAndMint as LockAndMint
