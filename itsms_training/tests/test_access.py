from odoo.addons.itsms_base.tests.common import AccessMatrix

from .common import TrainingCase, tagged

R, ALL, DIALOG = "r", "rwcu", "rwc"


@tagged("post_install", "-at_install")
class TestTrainingAccess(AccessMatrix, TrainingCase):
    """Rights on models; who may write which record is a rule on top (``can_edit``)."""

    module = "itsms_training"
    matrix = {
        "itsms.job.standard": (ALL, ALL, ALL, ALL),
        "itsms.job.standard.skill": (ALL, ALL, ALL, ALL),
        "itsms.job.standard.certificate": (ALL, ALL, ALL, ALL),
        "itsms.training.gap": (R, R, R, R),
        "itsms.work.certificate.type": (ALL, ALL, ALL, ALL),
        "itsms.work.certificate": (ALL, ALL, ALL, ALL),
        "itsms.training.need": (ALL, ALL, ALL, ALL),
        "itsms.training.plan": (ALL, ALL, ALL, ALL),
        "itsms.training.plan.line": (ALL, ALL, ALL, ALL),
        "itsms.training.request": (ALL, ALL, ALL, ALL),
        "itsms.training.request.trainee": (ALL, ALL, ALL, ALL),
        "itsms.training.hand.in": (DIALOG, DIALOG, DIALOG, DIALOG),
        "itsms.training.propose.needs": (DIALOG, DIALOG, DIALOG, DIALOG),
        "itsms.training.take.needs": (DIALOG, DIALOG, DIALOG, DIALOG),
        "itsms.training.session": (ALL, ALL, ALL, ALL),
        "itsms.training.timetable": (ALL, ALL, ALL, ALL),
        "itsms.training.session.check": (ALL, ALL, ALL, ALL),
        "itsms.training.mentoring": (ALL, ALL, ALL, ALL),
        "itsms.training.attendance": (DIALOG, DIALOG, DIALOG, DIALOG),
        "itsms.training.attempt": (DIALOG, DIALOG, DIALOG, DIALOG),
        "itsms.training.discipline": (DIALOG, DIALOG, DIALOG, DIALOG),
        "itsms.training.mentoring.sheet": ("rw", "rw", "rw", "rw"),
        "itsms.training.induction": (DIALOG, DIALOG, DIALOG, DIALOG),
        "itsms.training.file": (R, R, R, R),
        "itsms.training.filing": (ALL, ALL, ALL, ALL),
        "itsms.training.room": (R, R, R, R),
        "itsms.training.paper": (R, R, R, R),
        "itsms.training.checklist": (R, R, R, R),
        "itsms.training.checklist.line": (R, R, R, R),
        "itsms.training.session.move": (DIALOG, DIALOG, DIALOG, DIALOG),
        "itsms.training.attendance.dialog": (DIALOG, DIALOG, DIALOG, DIALOG),
        "itsms.training.attempt.void": (DIALOG, DIALOG, DIALOG, DIALOG),
    }
