"""Scripts 话术: what staff say to customers one to one; found quickly, filled in, counted."""
