"""The pages: rules, alerts and reports as HTML, each with the same facts as JSON.

Everything on a page may have been written by an attacker or a stranger: alert values, rules,
guides. So a page has no script and no style of its own, every value is escaped, and what cannot be
seen (control characters, marks that turn the direction of text) is shown as an escape.
"""
