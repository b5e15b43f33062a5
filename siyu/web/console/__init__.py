"""The console's pages, a module per room. Each puts its handlers into ``ROUTES``."""
