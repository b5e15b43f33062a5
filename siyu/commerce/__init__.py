"""What is sold: the catalogue, offers, tracked order links, care after the sale."""
