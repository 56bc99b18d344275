"""Joins the stages: rules are compiled once, events run through all of them, alerts come out."""
