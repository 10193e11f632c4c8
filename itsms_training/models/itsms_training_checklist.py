from odoo import api, fields, models
from odoo.exceptions import AccessError

from odoo.addons.itsms_base.engine import guard

from .training_kinds import KINDS

PARTS = [
    ("company", "Company induction by HR"),
    ("post", "Business training by the receiving department"),
]


class ItsmsTrainingChecklist(models.Model):
    """What a kind of training covers: the guidance of the manual as data that a company may
    change (TRN-4.3.4.2a, b, TRN-4.3.4.3a, TRN-4.3.4.5)."""

    _name = "itsms.training.checklist"
    _description = "Training Checklist"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", index=True, ondelete="restrict", help="Empty: for every company."
    )
    kind = fields.Selection(KINDS, string="For", required=True, index=True)
    part = fields.Selection(PARTS, help="New employees: which of the two parts (TRN-4.3.4.2).")
    requirement = fields.Char(help="Clause of the manual that the list comes from.")
    line_ids = fields.One2many("itsms.training.checklist.line", "checklist_id", string="Contents")

    @api.model
    def _for_kind(self, kind, part, company):
        """The checklist of a kind: the company's own one before the delivered one."""
        return self.search(
            [
                ("kind", "=", kind),
                ("part", "=", part or False),
                ("company_id", "in", (company.id, False)),
            ],
            order="company_id, sequence, id",  # NULL sorts last
            limit=1,
        )


class ItsmsTrainingChecklistLine(models.Model):
    """One content of a kind of training."""

    _name = "itsms.training.checklist.line"
    _description = "Training Checklist Line"
    _order = "sequence, id"

    checklist_id = fields.Many2one(
        "itsms.training.checklist", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="checklist_id.company_id", store=True, index=True)
    sequence = fields.Integer(default=10)
    name = fields.Char(string="Content", required=True, translate=True)


class ItsmsTrainingSessionCheck(models.Model):
    """A content of one session, copied from the checklist of its kind; ticked when it was
    taught."""

    _name = "itsms.training.session.check"
    _description = "Content of a Training Session"
    _order = "session_id, sequence, id"

    session_id = fields.Many2one(
        "itsms.training.session", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="session_id.company_id", store=True, index=True)
    sequence = fields.Integer(default=10)
    name = fields.Char(string="Content", required=True)
    done = fields.Boolean(string="Taught", help="Ticked while or after the training is held.")
    note = fields.Char()

    @api.model_create_multi
    def create(self, vals_list):
        default = self.env.context.get("default_session_id")
        Session = self.env["itsms.training.session"]
        parents = {vals.get("session_id", default) for vals in vals_list} - {None, False}
        # sudo: the state of the session decides, whoever adds to it
        Session.sudo().browse(parents)._check_lock()
        return super().create(vals_list)

    def write(self, vals):
        if not guard.is_engine(self.env):
            if set(vals) <= {"done", "note"}:
                self._check_held()
            else:
                self.sudo().session_id._check_lock()  # sudo: the state decides, for all
        return super().write(vals)

    @api.ondelete(at_uninstall=True)
    def _unlink_except_locked(self):
        self.sudo().session_id._check_lock()  # sudo: the state decides, for all

    def _check_held(self):
        """Contents are ticked while the session is held and until its record sheet is handed in."""
        for check in self.sudo():  # sudo: the state decides, for all
            if check.session_id.state not in ("running", "finished"):
                raise AccessError(
                    self.env._(
                        "“%(content)s”: contents are ticked while the training is held or "
                        "evaluated (TRN-4.3.3).",
                        content=check.name,
                    )
                )
