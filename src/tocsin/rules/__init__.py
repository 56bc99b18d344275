"""Rules as values: read from files, chosen, timed, overlaid and kept between runs."""
