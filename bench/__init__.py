"""Measures Tocsin against the parse floor and its peers. Run ``make bench``."""
