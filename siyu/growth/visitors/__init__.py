"""Who comes to the public pages."""
