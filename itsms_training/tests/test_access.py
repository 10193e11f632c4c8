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
    }
