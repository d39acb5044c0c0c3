"""Ground of the house: units, clock, keyed draws, parameters and registry, actions, events, undo journal."""
