"""The state of the world, each piece with one owner: accounts, ledgers, books, chains, venues, feeds, claims in place."""
