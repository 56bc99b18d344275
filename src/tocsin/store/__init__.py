"""What lasts: alerts and what people do with them, the engine's position, what sinks have had.

One database, SQLite in a file or PostgreSQL by a URL, behind `tocsin.store.store.Store`. This
folder alone knows SQL; nothing here reads a clock.
"""
