"""Public pages on a phone: ``/c/…`` and ``/m/…``. See README.md in this folder."""
