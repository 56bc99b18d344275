"""What is stored, events and alerts, and questions to it: counts, values, what happened around."""
