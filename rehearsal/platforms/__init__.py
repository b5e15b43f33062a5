"""Servers that speak the platforms' HTTP APIs and callbacks, for trying the product without any platform."""
