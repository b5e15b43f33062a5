"""What earns points: rules as data, and following what happens."""
