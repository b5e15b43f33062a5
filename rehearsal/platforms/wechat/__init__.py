"""What the simulated official account and mini program share: apps, people, consents, windows, sealed callbacks."""
