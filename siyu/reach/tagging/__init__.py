"""Tags that a platform knows too: which is which, and both kept in step."""
