"""Where alerts go: files, standard output, webhooks, syslog, Elasticsearch.

Each sink has a place of its own in the store's outbox, which moves on once the sink has taken what
stands before it: at least once, and the alert's id tells what was seen before. One that fails is
tried again and again in a thread of its own, and stops neither the engine nor the others.
"""
