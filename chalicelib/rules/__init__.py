"""Pure decisions: events into state, state into rows, facts into actions. No clock, no network, no randomness."""
