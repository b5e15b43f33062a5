"""What the platform counted of members and of groups, day by day."""
