"""Who plays campaigns against their rules: limits, scores with reasons, rewards that wait for a person's decision."""
