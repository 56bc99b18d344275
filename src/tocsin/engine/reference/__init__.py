"""The reference's clock: what Kibana's schedule would have made of the same events.

Kibana asks a rule's query anew each interval, over a window that looks back, of what has arrived by
then. Here the same happens with a simulated clock, over the hits of one pass: nothing is searched
twice. What it finds is held against the answer in event time.
"""

from tocsin.engine.reference.scan import ReferenceScan

__all__ = ["ReferenceScan"]
