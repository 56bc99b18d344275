"""Which fields exist, and what they hold."""
