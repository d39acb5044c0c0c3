"""Costs of what a run does most, against a stated baseline of the same run. ``make bench``."""
