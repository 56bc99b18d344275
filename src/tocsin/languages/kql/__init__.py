"""KQL, Kibana's query language: text to tree, and back."""
