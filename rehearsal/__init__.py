"""A world to rehearse in: simulated customers and platforms, over HTTP."""
