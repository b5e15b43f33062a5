"""Codes and posters as pictures. What draws is imported only when something is drawn."""
