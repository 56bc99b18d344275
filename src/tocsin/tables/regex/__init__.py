"""Regular expressions as Java and Oniguruma know them, in time that no pattern can blow up."""
