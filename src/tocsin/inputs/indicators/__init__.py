"""Threat intelligence as documents: NDJSON, CSV and STIX 2.1, plain or compressed."""

from tocsin.inputs.indicators.reading import Given, IndicatorEvents, read_indicators

__all__ = ["Given", "IndicatorEvents", "read_indicators"]
