"""Everything that reached a live engine, in order, on disk before it is acknowledged."""
