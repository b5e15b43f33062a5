"""Personas 人设: as whom staff speak, so that the team speaks with one voice."""
