"""Posters that carry one person's own link, with their name and portrait."""
