"""Proof by planted faults: the real steps in a world in memory where every call can fail. `make chaos` runs it."""
