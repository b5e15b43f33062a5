"""Rules for sensitive words: what members may not write to customers, kept in step with the platform."""
