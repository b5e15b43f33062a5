"""Modules with ``ROUTES``: a new one needs no entry elsewhere."""
