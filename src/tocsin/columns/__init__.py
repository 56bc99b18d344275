"""Many events as few arrays: the scanner of JSON, and what it gives."""
