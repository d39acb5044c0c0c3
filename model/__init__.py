"""The world: what exists and how it settles. Knows no agent and no experiment."""
