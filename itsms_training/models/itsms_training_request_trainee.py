from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from odoo.addons.itsms_base.engine import guard
from odoo.addons.itsms_base.models.itsms_approval_content import file_entries


class ItsmsTrainingRequestTrainee(models.Model):
    """One person on a training approval form, and what he hands in after outside training:
    material and a copy of the certificate, or a summary where there is none (TRN-4.5.2, 4.5.2a).
    """

    _name = "itsms.training.request.trainee"
    _description = "Trainee of a Training Approval Form"
    _inherit = [
        "itsms.content.lock.line.mixin",
        "itsms.training.access.mixin",
    ]
    _lock_parent = "request_id"
    _order = "request_id, id"
    _rec_name = "employee_id"
    _check_company_auto = True

    request_id = fields.Many2one(
        "itsms.training.request",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(related="request_id.company_id", store=True, index=True)
    kind = fields.Selection(related="request_id.kind")
    request_state = fields.Selection(related="request_id.state", string="State of the form")
    employee_id = fields.Many2one(
        "hr.employee", required=True, index=True, ondelete="restrict", check_company=True
    )
    certificate = fields.Selection(
        [("yes", "Certificate"), ("no", "No certificate")],
        string="Result",
        readonly=True,
        copy=False,
        help="Whether the training gave a certificate; without one a summary is handed in "
        "(TRN-4.5.2a).",
    )
    certificate_name = fields.Char(readonly=True, copy=False)
    certificate_date = fields.Date(string="Issued", readonly=True, copy=False)
    certificate_valid_to = fields.Date(string="Valid until", readonly=True, copy=False)
    material_ids = fields.Many2many(
        "ir.attachment",
        "itsms_training_request_trainee_material_rel",
        string="Training material",
        readonly=True,
        copy=False,
        bypass_search_access=True,
    )
    certificate_ids = fields.Many2many(
        "ir.attachment",
        "itsms_training_request_trainee_certificate_rel",
        string="Copy of the certificate",
        readonly=True,
        copy=False,
        bypass_search_access=True,
    )
    summary = fields.Text(string="Training summary", readonly=True, copy=False)
    handed_in_at = fields.Datetime(string="Handed in on", readonly=True, copy=False)
    handed_in_by_id = fields.Many2one("res.users", readonly=True, copy=False, ondelete="restrict")
    can_hand_in = fields.Boolean(compute="_compute_can_hand_in")

    _employee_uniq = models.Constraint(
        "UNIQUE (request_id, employee_id)", "This person is on the form already."
    )

    _handed_in_fields = (
        "certificate",
        "certificate_name",
        "certificate_date",
        "certificate_valid_to",
        "material_ids",
        "certificate_ids",
        "summary",
        "handed_in_at",
        "handed_in_by_id",
    )

    # ------------------------------------------------------------ access
    @api.model
    def _see_domain(self):
        """Oneself; who may see what was handed in by others: HR, their heads, who decides."""
        Request = self.env["itsms.training.request"]
        return (
            Domain("employee_id.user_id", "=", self.env.uid)
            | Domain("request_id", "any!", Request._asked_domain())
            | Domain("create_uid", "=", self.env.uid)
        )

    @api.model
    def _edit_domain(self):
        return Domain("request_id", "any!", self.env["itsms.training.request"]._edit_domain())

    @api.depends("request_id.state", "employee_id")
    @api.depends_context("uid")
    def _compute_can_hand_in(self):
        for trainee in self:
            trainee.can_hand_in = (
                trainee.request_state == "approved"
                and trainee.kind == "outside"
                and not trainee.handed_in_at
                and trainee._may_hand_in()
            )

    def _may_hand_in(self):
        """The trainee himself; HR or who filled the form in, for one who has no login."""
        # sudo: only to compare people
        user = self.sudo().employee_id.user_id
        if user.active:
            return user == self.env.user
        return self.can_edit

    # ------------------------------------------------------------ rules
    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._refuse_handed_in(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._refuse_handed_in(vals)
        return super().write(vals)

    def _refuse_handed_in(self, vals):
        if not guard.is_engine(self.env) and set(self._handed_in_fields) & {
            name for name, value in vals.items() if value
        }:
            raise AccessError(
                self.env._(
                    "Material, certificate and summary are handed in with “Hand in”, never by "
                    "direct entry (TRN-4.5.2)."
                )
            )

    # ------------------------------------------------------------ handing in
    def action_open_hand_in(self):
        """Dialog in which one trainee hands in."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Hand in"),
            "res_model": "itsms.training.hand.in",
            "view_mode": "form",
            "target": "new",
            "context": {"default_trainee_id": self.id},
        }

    def _check_hand_in(self):
        self.ensure_one()
        self.check_access("read")
        request = self.request_id
        if request.state != "approved" or request.kind != "outside":
            raise UserError(
                self.env._(
                    "%(form)s is “%(state)s”: material is handed in after an approved outside "
                    "training (TRN-4.5.2).",
                    form=request.sudo().display_name,  # sudo: the trainee is on the form
                    state=request.sudo()._state_label(),
                )
            )
        if not self._may_hand_in():
            raise AccessError(
                self.env._(
                    "%(name)s hands in material and certificate himself (TRN-4.5.2).",
                    name=self.sudo().employee_id.name,  # sudo: the name of a colleague
                )
            )
        if request.date_to > request.company_id._itsms_today():
            raise UserError(
                self.env._(
                    "The training runs until %(day)s; material and certificate are handed in "
                    "after it (TRN-4.5.2).",
                    day=request.date_to,
                )
            )

    def _hand_in(self, vals, files):
        """Take over what one trainee hands in; the last one hands the form in.

        :param files: attachments that the trainee uploaded; they become those of the line.
        """
        self._check_hand_in()
        request = self.request_id.sudo()  # sudo: the trainee has no right to write the form
        request._lock_rows()
        # sudo: the trainee's own files become part of the form
        guard.as_engine(files.sudo()).write({"res_model": self._name, "res_id": self.id})
        # sudo: the right was checked; fields of the engine
        guard.as_engine(self.sudo()).write(
            {**vals, "handed_in_at": fields.Datetime.now(), "handed_in_by_id": self.env.uid}
        )
        self._check_complete()
        form = self.request_id
        form._log(
            "other",
            comment=self.env._(
                "%(name)s handed in: %(what)s",
                name=self.sudo().employee_id.name,
                what=", ".join(files.sudo().mapped("name")) or self.env._("Training summary"),
            ),
        )
        if all(request.trainee_ids.mapped("handed_in_at")):
            form._run_transition(form._transition("hand_in"), locked=True)
            form._approval_tell(
                form.sudo().hr_confirmer_ids,
                self.env._("Handed in: check it and sign the form (TRN-4.5.2b)."),
            )

    def _check_complete(self):
        """Material with a copy of the certificate, or a summary (TRN-4.5.2, TRN-4.5.2a)."""
        for trainee in self.sudo():  # sudo: whether it is complete, whoever asks
            if not trainee.handed_in_at:
                lacking = self.env._("everything")
            elif trainee.certificate == "no":
                summary = (trainee.summary or "").strip()
                lacking = "" if summary else self.env._("the training summary")
            elif not trainee.certificate_ids:
                lacking = self.env._("the copy of the certificate")
            elif not trainee.material_ids:
                lacking = self.env._("the training material")
            else:
                lacking = ""
            if lacking:
                raise UserError(
                    self.env._(
                        "%(name)s has not handed in %(lacking)s. After outside training the "
                        "trainee hands in material and a copy of the certificate, or a summary "
                        "where there is none (TRN-4.5.2, TRN-4.5.2a).",
                        name=trainee.employee_id.name,
                        lacking=lacking,
                    )
                )


class ItsmsTrainingRequest(models.Model):
    """The training administrator's signature after the training (TRN-4.5.2b) [I-29]."""

    _inherit = "itsms.training.request"

    def action_sign(self):
        """Training administrator: confirm what was handed in and sign; the form is now completely
        signed and filed (TRN-4.5.2b)."""
        self._lock_rows()
        self.check_access("read")
        role = self.env["itsms.role"]._by_code("training_administrator")
        for request in self:
            if not role._held_by(self.env.user, request.company_id):
                raise AccessError(
                    self.env._(
                        "The training administrator signs the training approval form after the "
                        "training (TRN-4.5.2b)."
                    )
                )
            # sudo: only to compare people
            if self.env.user in request.sudo().trainee_ids.employee_id.user_id:
                raise AccessError(
                    self.env._(
                        "%(form)s: nobody confirms what he handed in himself. Another training "
                        "administrator signs (TRN-4.5.2b).",
                        form=request.display_name,
                    )
                )
            request._check_training_done()
        transition = self._transition("complete")
        files = self._handed_in_files()
        self._run_transition(
            transition,
            kind="signature",
            digests=lambda: self._approval_digests(files),
            locked=True,
        )
        return True

    def _check_training_done(self):
        """What has to be there before the last signature of one form (sudo: only whether the
        training was held)."""
        if self.kind == "outside":
            self.trainee_ids._check_complete()
        elif self.state == "executed" and not self.sudo().plan_line_id.done_sessions:
            raise UserError(
                self.env._(
                    "%(form)s: the added training was not held so far; it is signed after the "
                    "training [I-29].",
                    form=self.display_name,
                )
            )

    def _handed_in_files(self):
        """Name, size and SHA-256 of what was handed in, per form."""
        trainees = self.sudo().trainee_ids  # sudo: all of what was handed in is bound
        entries = file_entries(trainees)
        return {
            request.id: [e for trainee in request.trainee_ids for e in entries[trainee.id]]
            for request in self.sudo()
        }

    def _run_transition(self, transition, comment=None, **kwargs):
        if transition.name == "complete":
            # sudo: the engine's own fields, part of what is filed
            guard.as_engine(self.sudo()).write(
                {"completed_by_id": self.env.uid, "completed_at": fields.Datetime.now()}
            )
        result = super()._run_transition(transition, comment, **kwargs)
        if transition.name == "give_back":
            # sudo: the engine's own fields; the files stay and may be replaced
            guard.as_engine(self.sudo().trainee_ids).write({"handed_in_at": False})
        return result

    def _record_payload(self):
        payload = super()._record_payload()
        files = self._handed_in_files()
        for request_id, data in payload.items():
            data["handed_in"] = files[request_id]
        return payload

    def _signature_rows(self):
        """All signatures of the form: its chain, then the training administrator [I-29]."""
        rows = self._approval_signatures()
        if self.completed_at:
            rows.append(
                {
                    "label": self.env._("Training administrator (after the training)"),
                    "name": self.completed_by_id.sudo().name,  # sudo: name of a colleague
                    "date": self.completed_at,
                }
            )
        return rows

    def _completely_signed(self):
        """Whether all have signed [I-29]; the one question that expenses ask."""
        self.ensure_one()
        return self.state == "completed"
