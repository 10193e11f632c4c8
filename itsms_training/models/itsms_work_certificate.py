from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

from odoo.addons.itsms_base.engine import guard
from odoo.addons.itsms_base.engine.lifecycle import Transition

_HR = {"roles": ("hr_head", "training_administrator"), "groups": ("hr.group_hr_user",)}


class ItsmsWorkCertificate(models.Model):
    """Certificate to work (上岗证) of one person.

    HR issues it after it has confirmed the person qualified against the job qualification
    standard: from qualification and experience, or by assessing theory and practical skill
    (TRN-4.4.2). Only what HR has verified with the proof counts.
    """

    _name = "itsms.work.certificate"
    _description = "Certificate to Work"
    _inherit = [
        "itsms.content.lock.mixin",
        "itsms.numbered.mixin",
        "itsms.training.personal.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "valid_to, id"
    _check_company_auto = True
    _rec_names_search = ["number", "external_number", "employee_id.name"]
    _editable_states = ("draft", "examination")

    employee_id = fields.Many2one(
        "hr.employee", required=True, index=True, ondelete="restrict", check_company=True
    )
    company_id = fields.Many2one(
        "res.company", compute="_compute_company", store=True, index=True, precompute=True
    )
    department_id = fields.Many2one(
        related="employee_id.department_id", string="Department", related_sudo=True
    )
    type_id = fields.Many2one(
        "itsms.work.certificate.type",
        string="Kind",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    special_work = fields.Boolean(related="type_id.special_work", store=True)
    external_number = fields.Char(
        string="Number on the proof", help="Number that the authority or the school gave."
    )
    standard_id = fields.Many2one(
        "itsms.job.standard",
        string="Confirmed against",
        compute="_compute_standard",
        store=True,
        readonly=False,
        ondelete="restrict",
        check_company=True,
        domain="[('state', '=', 'approved'), ('company_id', '=', company_id)]",
        help="The job qualification standard in force that the person was measured by (TRN-4.4.2).",
    )
    way = fields.Selection(
        [
            ("qualification", "Qualification and experience"),
            ("assessment", "Assessment of theory and practice"),
        ],
        string="Confirmed by",
        compute="_compute_way",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
    )
    assessed_on = fields.Date()
    theory_mark = fields.Float(digits=(5, 1), aggregator=None)
    practice_mark = fields.Float(digits=(5, 1), aggregator=None)
    pass_mark = fields.Float(related="type_id.pass_mark")
    evidence_file = fields.Binary(
        attachment=True, copy=False, help="The proof: certificate, examination paper, work history."
    )
    evidence_file_name = fields.Char(copy=False)
    resume_line_id = fields.Many2one(
        "hr.resume.line",
        string="Entry in the résumé",
        ondelete="set null",
        domain="[('employee_id', '=', employee_id)]",
        help="What the employee entered himself; it never counts on its own.",
    )
    note = fields.Text()
    verified_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    verified_at = fields.Datetime(readonly=True, copy=False)
    issued_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    issued_at = fields.Datetime(readonly=True, copy=False)
    valid_from = fields.Date(
        default=lambda self: self.env.company._itsms_today(), copy=False, index=True
    )
    valid_to = fields.Date(
        compute="_compute_valid_to", store=True, readonly=False, copy=False, index=True
    )
    renews_id = fields.Many2one(
        "itsms.work.certificate",
        string="Renewal of",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("examination", "Examination"),
            ("valid", "Valid"),
            ("suspended", "Suspended"),
            ("expired", "Expired"),
            ("withdrawn", "Withdrawn"),
            ("cancelled", "Cancelled"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )
    state_reason = fields.Char(string="Reason", readonly=True, copy=False)
    reminded_at = fields.Datetime(readonly=True, copy=False)
    expires_soon = fields.Boolean(
        compute="_compute_expires_soon", search="_search_expires_soon", string="Runs out soon"
    )

    _valid_idx = models.Index("(employee_id, type_id, state)")
    _dates_chk = models.Constraint(
        "CHECK (valid_to IS NULL OR valid_from IS NULL OR valid_to >= valid_from)",
        "A certificate cannot end before it begins (TRN-4.4.2).",
    )
    _marks_chk = models.Constraint(
        "CHECK (COALESCE(theory_mark, 0) BETWEEN 0 AND 100 "
        "AND COALESCE(practice_mark, 0) BETWEEN 0 AND 100)",
        "Marks are between 0 and 100 (TRN-4.4.2).",
    )
    _renewal_uniq = models.UniqueIndex(
        "(renews_id) WHERE renews_id IS NOT NULL AND state IN ('draft', 'examination')",
        "This certificate is being renewed already. Go on with that renewal.",
    )

    # ------------------------------------------------------------ declaration
    def _engine_fields(self):
        return super()._engine_fields() | {
            "verified_by_id",
            "verified_at",
            "issued_by_id",
            "issued_at",
            "renews_id",
            "state_reason",
            "reminded_at",
        }

    def _number_scheme(self):
        return self.env["itsms.number.scheme"]._by_code("training.work.certificate")

    def _unlocked_fields(self):
        # follow the employee and the kind
        return super()._unlocked_fields() | {"company_id", "special_work"}

    def _lifecycle_transitions(self):
        return super()._lifecycle_transitions() | {
            "examine": Transition(
                "examine", self.env._("To examination"), ("draft",), "examination", **_HR
            ),
            "issue": Transition(
                "issue",
                self.env._("Issue"),
                ("draft", "examination"),
                "valid",
                requires=("valid_from", "standard_id"),
                **_HR,
            ),
            "suspend": Transition(
                "suspend", self.env._("Suspend"), ("valid",), "suspended", reason=True, **_HR
            ),
            "resume": Transition(
                "resume",
                self.env._("Lift the suspension"),
                ("suspended",),
                "valid",
                reason=True,
                **_HR,
            ),
            "withdraw_certificate": Transition(
                "withdraw_certificate",
                self.env._("Withdraw the certificate"),
                ("valid", "suspended", "expired"),
                "withdrawn",
                reason=True,
                **_HR,
            ),
            "expire": Transition(
                "expire", self.env._("Expire"), ("valid", "suspended"), "expired", internal=True
            ),
            "cancel": Transition(
                "cancel",
                self.env._("Cancel"),
                ("draft", "examination"),
                "cancelled",
                reason=True,
                **_HR,
            ),
        }

    def _locked_way_out(self):
        return self.env._("Renew it, suspend it or withdraw it; what was issued stays as it was.")

    # ------------------------------------------------------------ computed
    @api.depends("employee_id")
    def _compute_company(self):
        for certificate in self:
            # sudo: in which company a person works is no secret
            certificate.company_id = certificate.employee_id.sudo().company_id

    @api.depends("employee_id", "type_id")
    def _compute_standard(self):
        """The standard in force of the person's job; HR may take that of another post."""
        for certificate in self:
            # sudo: the job of the person, for who prepares his certificate
            job = certificate.employee_id.sudo().job_id
            standard = self.env["itsms.job.standard"]
            if job:
                standard = standard.search(
                    [
                        ("job_id", "=", job.id),
                        ("state", "=", "approved"),
                        ("company_id", "=", certificate.company_id.id),
                    ],
                    limit=1,
                )
            certificate.standard_id = standard or certificate.standard_id

    @api.depends("type_id")
    def _compute_way(self):
        for certificate in self:
            if certificate.type_id.examination:
                certificate.way = "assessment"
            else:
                certificate.way = certificate.way or "qualification"

    @api.depends("type_id", "valid_from")
    def _compute_valid_to(self):
        for certificate in self:
            months = certificate.type_id.validity_months
            if months and certificate.valid_from:
                certificate.valid_to = certificate._latest_end()
            elif not months:
                certificate.valid_to = certificate.valid_to or False

    def _latest_end(self):
        """Last day that the kind of certificate allows."""
        months = self.type_id.validity_months
        return self.valid_from + relativedelta(months=months, days=-1)

    @api.depends("number", "type_id", "employee_id")
    def _compute_display_name(self):
        for certificate in self:
            # sudo: the name of a person whose certificate one may see
            person = certificate.employee_id.sudo().name
            parts = (certificate.number, certificate.type_id.name, person)
            certificate.display_name = " · ".join(part for part in parts if part)

    @api.depends("state", "valid_to")
    def _compute_expires_soon(self):
        soon = self.filtered_domain(self._search_expires_soon("in", {True}))
        for certificate in self:
            certificate.expires_soon = certificate in soon

    def _search_expires_soon(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = Domain("state", "=", "valid") & Domain("valid_to", "<=", self._warning_day())
        return domain if True in value else ~domain

    @api.model
    def _warning_day(self, company=None):
        """A certificate that ends until this day runs out soon."""
        company = company or self.env.company
        days = self.env["itsms.parameter"]._get("training.certificate.warning.days", company)
        return company._itsms_today() + relativedelta(days=days)

    @api.constrains("employee_id", "resume_line_id")
    def _check_resume_line(self):
        for certificate in self:
            # sudo: compares the owner only
            owner = certificate.sudo().resume_line_id.employee_id
            if owner and owner != certificate.employee_id:
                raise ValidationError(
                    self.env._("The entry in the résumé belongs to another person (TRN-4.4.2).")
                )

    # ------------------------------------------------------------ verification and issue
    def _content_changed(self):
        """What was changed after the verification has not been verified (TRN-4.4.2)."""
        super()._content_changed()
        stale = self.filtered("verified_by_id")
        if stale:
            # sudo: the engine's own fields
            guard.as_engine(stale.sudo()).write({"verified_by_id": False, "verified_at": False})

    def action_verify(self):
        """HR has compared the entry with the proof: all records or none.

        :raise UserError: no proof, no right state; nobody verifies for himself.
        """
        self._lock_rows()
        self.check_access("write")
        self._check_not_own()
        for certificate in self:
            if certificate.state not in self._editable_states:
                raise UserError(
                    self.env._(
                        "%(certificate)s is “%(state)s”: only a certificate that is not issued "
                        "yet is verified (TRN-4.4.2).",
                        certificate=certificate.display_name,
                        state=certificate._state_label(),
                    )
                )
            if not certificate.evidence_file:
                raise UserError(
                    self.env._(
                        "%(certificate)s: there is no proof to compare with. Add the file, then "
                        "verify it (TRN-4.4.2).",
                        certificate=certificate.display_name,
                    )
                )
        # sudo: the engine's own fields
        guard.as_engine(self.sudo()).write(
            {"verified_by_id": self.env.uid, "verified_at": fields.Datetime.now()}
        )
        self._log("other", comment=self.env._("Verified with the proof"))
        return True

    def _check_not_own(self):
        """Nobody confirms himself."""
        for certificate in self:
            # sudo: whose certificate it is
            if certificate.employee_id.sudo().user_id == self.env.user:
                raise AccessError(
                    self.env._(
                        "%(certificate)s is your own: somebody else in HR verifies and issues it "
                        "(TRN-4.4.2).",
                        certificate=certificate.display_name,
                    )
                )

    def _check_transition_right(self, transition):
        super()._check_transition_right(transition)
        self.check_access("write")
        if transition.name in ("examine", "issue", "resume"):
            self._check_not_own()

    def _check_transition(self, transition, comment):
        super()._check_transition(transition, comment)
        if transition.name in ("issue", "resume"):
            for certificate in self:
                problem = (
                    certificate._issue_problem()
                    if transition.name == "issue"
                    else certificate._term_problem()
                )
                if problem:
                    raise UserError(
                        self.env._(
                            "%(certificate)s cannot be issued: %(problem)s (TRN-4.4.2).",
                            certificate=certificate.display_name,
                            problem=problem,
                        )
                    )

    def _issue_problem(self):
        """Why HR cannot issue this certificate yet, in words, or nothing."""
        # sudo: an archived person gets no certificate, whoever asks
        if not self.employee_id.sudo().active:
            return self.env._("the person has left")
        if not self.verified_by_id:
            return self.env._("nobody has verified it with the proof. Add the proof and verify it")
        if self.standard_id.state != "approved":
            return self.env._("the qualification standard it is confirmed against is not in force")
        return self._term_problem() or self._qualification_problem()

    def _term_problem(self):
        failed = self.env["itsms.training.attendance"]._not_allowed(self.employee_id)
        for lines in failed.values():
            return self.env._(
                "the person failed “%(training)s” and has to pass the make-up examination first "
                "(TRN-4.3.5.2a)",
                training=lines[0].sudo().session_id.name,  # sudo: the topic, not the mark
            )
        if self.valid_to and self.valid_to < self.company_id._itsms_today():
            return self.env._("its validity ended on %(day)s", day=self.valid_to)
        if self.type_id.validity_months and (
            not self.valid_to or self.valid_to > self._latest_end()
        ):
            return self.env._(
                "this kind is valid for %(months)s months at most, until %(day)s",
                months=self.type_id.validity_months,
                day=self._latest_end(),
            )
        return None

    def _qualification_problem(self):
        """Either the standard is met, or theory and practice were passed (TRN-4.4.2)."""
        if self.way == "assessment":
            if not self.assessed_on:
                return self.env._("the day of the assessment is missing")
            if self.assessed_on > self.company_id._itsms_today():
                return self.env._("the assessment lies in the future")
            if min(self.theory_mark, self.practice_mark) < self.pass_mark:
                return self.env._(
                    "theory %(theory)s and practice %(practice)s, both need %(mark)s. A make-up "
                    "examination comes first",
                    theory=self.theory_mark,
                    practice=self.practice_mark,
                    mark=self.pass_mark,
                )
            return None
        if self.type_id.examination:
            return self.env._("this kind needs an examination of theory and practice")
        gaps = self.env["itsms.training.gap"]._against(self.employee_id, self.standard_id)
        gaps = [gap for gap in gaps if gap["mandatory"] and gap["kind"] != "certificate"]
        if gaps:
            return self.env._(
                "the person does not meet %(standard)s: %(gaps)s",
                standard=self.standard_id.display_name,
                gaps="; ".join(f"{gap['what']} {gap['has']} < {gap['wanted']}" for gap in gaps),
            )
        return None

    def _after_transition(self, transition):
        super()._after_transition(transition)
        if transition.name == "issue":
            # sudo: the engine's own fields
            guard.as_engine(self.sudo()).write(
                {"issued_by_id": self.env.uid, "issued_at": fields.Datetime.now()}
            )

    def _run_transition(self, transition, comment=None, **kwargs):
        result = super()._run_transition(transition, comment, **kwargs)
        # sudo: the engine's own field
        guard.as_engine(self.sudo()).write({"state_reason": comment or False})
        return result

    # ------------------------------------------------------------ buttons
    def action_examine(self):
        return self.action_transition("examine")

    def action_issue(self):
        return self.action_transition("issue")

    def action_open_act(self):
        """Dialog that asks for the reason of an act that needs one."""
        operation = self.env.context.get("itsms_operation")
        if operation not in ("suspend", "resume", "withdraw_certificate", "cancel"):
            raise UserError(self.env._("There is no such act."))
        return self.env["itsms.decision"]._open(self, operation)

    def action_renew(self):
        """A draft that follows this certificate without a gap; the proof is asked for anew."""
        self.ensure_one()
        self.check_access("write")
        if self.state not in ("valid", "expired"):
            raise UserError(
                self.env._(
                    "%(certificate)s is “%(state)s”: a valid or expired certificate is renewed. "
                    "After a withdrawal a new one is applied for (TRN-4.4.2).",
                    certificate=self.display_name,
                    state=self._state_label(),
                )
            )
        running = self.search(
            [("renews_id", "=", self.id), ("state", "in", self._editable_states)], limit=1
        )
        if not running:
            today = self.company_id._itsms_today()
            follows = self.valid_to and self.valid_to + relativedelta(days=1)
            running = self.copy({"valid_from": max(today, follows or today)})
            # sudo: the engine's own field
            guard.as_engine(running.sudo()).write({"renews_id": self.id})
            self._log("other", comment=self.env._("Renewal begun"))
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": running.id,
            "views": [(False, "form")],
        }

    def copy_data(self, default=None):
        blank = {"assessed_on": False, "theory_mark": 0, "practice_mark": 0, "note": False}
        return [{**vals, **blank} for vals in super().copy_data(default)]

    # ------------------------------------------------------------ answers
    @api.model
    def _valid_domain(self, on):
        return (
            Domain("state", "=", "valid")
            & Domain("valid_from", "<=", on)
            & (Domain("valid_to", "=", False) | Domain("valid_to", ">=", on))
        )

    @api.model
    def _valid_for(self, employees, on=None):
        """Certificates that count on a day, per employee id; one query.

        Read as sudo: who may do special work is asked whoever assigns it.
        """
        on = on or self.env.company._itsms_today()
        found = self.sudo().search(
            Domain("employee_id", "in", employees.ids) & self._valid_domain(on)
        )
        grouped = found.grouped(lambda c: c.employee_id.id)
        return {employee.id: grouped.get(employee.id, found.browse()) for employee in employees}
