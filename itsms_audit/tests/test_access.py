from odoo.addons.itsms_base.tests.common import AccessMatrix

from .common import AuditCase, tagged

R, ALL, DIALOG = "r", "rwcu", "rwc"


@tagged("post_install", "-at_install")
class TestAuditAccess(AccessMatrix, AuditCase):
    """Rights on models; who may write which record is a rule on top (``can_edit``)."""

    module = "itsms_audit"
    matrix = {
        "itsms.nonconformity": (ALL, ALL, ALL, ALL),
        "itsms.nonconformity.round": (R, R, R, R),
        "itsms.nonconformity.report": (DIALOG, DIALOG, DIALOG, DIALOG),
        "itsms.cause": (ALL, ALL, ALL, ALL),
        "itsms.clause.evidence": (R, R, ALL, R),
        "itsms.clause.coverage": (R, R, R, R),
        "itsms.clause.coverage.line": (R, R, R, R),
        "itsms.audit.period": (R, ALL, ALL, R),
        "itsms.auditor.access": (R, ALL, ALL, R),
        "itsms.action": (ALL, ALL, ALL, ALL),
        "itsms.action.extension": (ALL, ALL, ALL, ALL),
        "itsms.action.report": (DIALOG, DIALOG, DIALOG, DIALOG),
        "itsms.audit.question": (R, ALL, ALL, R),
        "itsms.audit.live.check": (R, ALL, ALL, R),
        "itsms.audit.live.result": (R, R, R, R),
        "itsms.audit.checklist": ("rw", "rw", "rw", "rw"),
        "itsms.audit.checklist.line": (ALL, ALL, ALL, ALL),
        "itsms.audit.report": ("rw", "rw", "rw", "rw"),
        "itsms.audit.report.recipient": (ALL, ALL, ALL, ALL),
        "itsms.audit.sample": (ALL, ALL, ALL, ALL),
        "itsms.audit.sample.line": ("rw", "rw", "rw", "rw"),
        "itsms.auditor.qualification": (ALL, ALL, ALL, ALL),
        "itsms.audit.programme": (ALL, ALL, ALL, ALL),
        "itsms.audit.programme.line": (ALL, ALL, ALL, ALL),
        "itsms.audit": (ALL, ALL, ALL, ALL),
        "itsms.audit.member": (ALL, ALL, ALL, ALL),
        "itsms.audit.schedule": (ALL, ALL, ALL, ALL),
        "itsms.audit.objection": (R, R, R, R),
        "itsms.audit.gap.confirm": (DIALOG, DIALOG, DIALOG, DIALOG),
        "itsms.audit.appoint": (DIALOG, DIALOG, DIALOG, DIALOG),
        "itsms.audit.reassign": (DIALOG, DIALOG, DIALOG, DIALOG),
        "itsms.audit.object": (DIALOG, DIALOG, DIALOG, DIALOG),
        "itsms.audit.answer": (DIALOG, DIALOG, DIALOG, DIALOG),
        "itsms.audit.settle": (DIALOG, DIALOG, DIALOG, DIALOG),
        "itsms.audit.collect": (DIALOG, DIALOG, DIALOG, DIALOG),
        "itsms.review.topic": (R, ALL, ALL, R),
        "itsms.management.review": (ALL, ALL, ALL, ALL),
        "itsms.management.review.participant": (ALL, ALL, ALL, ALL),
        "itsms.management.review.opinion": (ALL, ALL, ALL, ALL),
        "itsms.management.review.decision": (ALL, ALL, ALL, ALL),
        "itsms.management.review.report": (ALL, ALL, ALL, ALL),
        "itsms.management.review.improvement": (ALL, ALL, ALL, ALL),
        "itsms.management.review.input": ("rw", "rw", "rw", "rw"),
        "itsms.management.review.statement": ("rw", "rw", "rw", "rw"),
        "itsms.management.review.figure": (R, R, R, R),
        "itsms.review.raise": (DIALOG, DIALOG, DIALOG, DIALOG),
        "itsms.review.act": (DIALOG, DIALOG, DIALOG, DIALOG),
    }
