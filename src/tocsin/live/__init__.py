"""Rules over a journal that never ends: what `tocsin.scan` finds, as soon as it is certain."""
