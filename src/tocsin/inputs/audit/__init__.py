"""Linux audit logs: raw records in, ECS events out, as Auditbeat and Auditd Manager write them.

reader = AuditReader()
for number, line in enumerate(file, 1):
    for event in reader.feed(line, number):
        event.document()
for event in reader.finish(): ...
reader.rejects
"""

from tocsin.inputs.audit.join import HOST, AuditEvent, AuditReader, documents
from tocsin.inputs.audit.records import AuditReject, looks_like_audit

__all__ = ["HOST", "AuditEvent", "AuditReader", "AuditReject", "documents", "looks_like_audit"]
