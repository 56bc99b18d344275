"""Rules compiled: predicates, plans, and one program over the stages of all rules."""
