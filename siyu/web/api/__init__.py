"""The JSON API, a module per room. Each puts its handlers into ``ROUTES``."""
