"""An alert of a scan as the store takes it."""

from __future__ import annotations

from tocsin.engine.alert import Alert
from tocsin.store.alert import StoredAlert


def taken(alert: Alert) -> StoredAlert:
    """What the store keeps of an alert; its document is written for it."""
    rating = alert.rating
    return StoredAlert(
        id=alert.id,
        rule_id=alert.rule.id,
        rule_name=rating.name,
        severity=rating.severity,
        risk_score=rating.risk_score,
        timestamp=alert.time,
        building_block=alert.rule.building_block,
        document=alert.line,
    )
