"""What all simulated platforms share: clock, state, routes, limits, faults, callbacks, a door for tests."""
