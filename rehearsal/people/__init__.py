"""People who live on the simulated platforms, and the staff of the shop."""
