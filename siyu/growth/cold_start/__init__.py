"""Cold start (冷启动): the first people who are invited by name, with a benefit of their own."""
