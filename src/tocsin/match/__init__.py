"""Plans against events: what satisfies a stage, what joins, and why it did."""
