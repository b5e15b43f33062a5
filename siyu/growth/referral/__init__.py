"""Who brought whom: one graph under everything that customers do for each other."""
