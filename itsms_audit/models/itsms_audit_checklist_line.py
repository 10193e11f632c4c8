from odoo import api, fields, models
from odoo.exceptions import AccessError, LockError, UserError

from odoo.addons.itsms_base.engine import canonical, guard

from .itsms_audit_checklist import NONCONFORMING

RESULTS = [
    ("conforming", "Conforming"),
    ("minor", "Minor nonconformity"),
    ("general", "General nonconformity"),
    ("serious", "Serious nonconformity"),
    ("observation", "Observation"),
]
WAYS = ("by_interview", "by_documents", "by_inspection")
# What is answered on site; everything else of a line is prepared before.
ANSWER = ("result", "evidence", *WAYS)
LONGEST = 20_000  # characters of evidence


class ItsmsAuditChecklistLine(models.Model):
    """One question of a checklist with result and evidence (AUD-4.2.2, AUD-4.2.2.3).

    Questions are prepared like any line; answers go through :meth:`action_answer` alone, which
    knows which answer the auditor had before him: two auditors on the same question never
    overwrite each other unseen, and on two questions never disturb each other. Photos, live
    answers, samples and nonconformity reports are in ``itsms_audit_checklist_evidence.py``.
    """

    _name = "itsms.audit.checklist.line"
    _description = "Question of a Checklist"
    _inherit = ["itsms.content.lock.line.mixin", "itsms.log.mixin"]
    _lock_parent = "checklist_id"
    _order = "checklist_id, sequence, id"
    _rec_name = "question"
    _check_company_auto = True

    checklist_id = fields.Many2one(
        "itsms.audit.checklist", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="checklist_id.company_id", store=True, index=True)
    audit_id = fields.Many2one(related="checklist_id.audit_id", store=True, index=True)
    department_id = fields.Many2one(
        related="checklist_id.department_id",
        string="Auditee department",
        store=True,
        index=True,
    )
    checklist_state = fields.Selection(
        related="checklist_id.state", string="State of the checklist"
    )
    sequence = fields.Integer(default=1000)
    clause_id = fields.Many2one(
        "itsms.clause",
        index=True,
        ondelete="restrict",
        required=True,
        domain=[("heading", "=", False)],
        help="Item (项目) to check: the clause of the standard that the plan gives.",
    )
    procedure = fields.Selection(
        selection=lambda self: self.env["itsms.audit.question"]._selection_procedure()
    )
    question_id = fields.Many2one(
        "itsms.audit.question",
        string="From the library",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    question = fields.Text(required=True, help="Content (内容) to check.")
    evidence_wanted = fields.Text(string="Look at")
    live_check_id = fields.Many2one(
        "itsms.audit.live.check", string="Live check", ondelete="restrict"
    )
    live_result_id = fields.Many2one(
        "itsms.audit.live.result", string="Counted", readonly=True, copy=False, ondelete="restrict"
    )
    live_shown = fields.Char(related="live_result_id.shown", string="Live answer")
    live_outcome = fields.Selection(related="live_result_id.outcome", string="Live outcome")
    live_run_at = fields.Datetime(related="live_result_id.run_at", string="Live answer of")
    sample_ids = fields.One2many("itsms.audit.sample", "checklist_line_id", string="Samples")
    sample_count = fields.Integer(compute="_compute_sample_count")
    # ------------------------------------------------------------ the answer
    result = fields.Selection(RESULTS, readonly=True, copy=False, index=True)
    result_help = fields.Text(string="Meaning of the result", compute="_compute_result_help")
    evidence = fields.Text(
        string="Objective evidence",
        readonly=True,
        copy=False,
        help="Facts that were seen, heard or read; no inference and no expectation (AUD-4.2.2.2).",
    )
    by_interview = fields.Boolean(
        string="Interview",
        readonly=True,
        copy=False,
        help="Statements of people responsible for the activity may count, but are verified by "
        "observation, measurement and records (AUD-4.2.2.2b).",
    )
    by_documents = fields.Boolean(
        string="Documents and records",
        readonly=True,
        copy=False,
        help="What documents in force lay down, and service records, count (AUD-4.2.2.2c).",
    )
    by_inspection = fields.Boolean(
        string="Inspection of the site",
        readonly=True,
        copy=False,
        help="Facts that exist count (AUD-4.2.2.2a).",
    )
    unverified = fields.Boolean(
        string="Only heard",
        compute="_compute_unverified",
        help="Statements are verified by observation, measurement and records (AUD-4.2.2.2b).",
    )
    photo_ids = fields.One2many(
        "ir.attachment",
        "res_id",
        string="Photos",
        domain=[("res_model", "=", "itsms.audit.checklist.line")],
        readonly=True,
        copy=False,
    )
    nonconformity_id = fields.Many2one(
        "itsms.nonconformity",
        string="Nonconformity report",
        compute="_compute_nonconformity_id",
        help="Every nonconformity has its report; an observation has none (AUD-4.2.2a) [I-36].",
    )
    judged_by_id = fields.Many2one(
        "res.users", string="Judged by", readonly=True, copy=False, ondelete="restrict"
    )
    judged_at = fields.Datetime(string="Judged on", readonly=True, copy=False)
    answered_by_id = fields.Many2one(
        "res.users", string="Last entry by", readonly=True, copy=False, ondelete="restrict"
    )
    answered_at = fields.Datetime(string="Last entry on", readonly=True, copy=False)
    version = fields.Integer(
        readonly=True,
        copy=False,
        aggregator=None,
        help="Counts the entries; who answers names the one that he had before him.",
    )
    dropped = fields.Boolean(
        string="Set aside",
        readonly=True,
        copy=False,
        help="Could not be audited, for the reason given.",
    )
    drop_reason = fields.Char(string="Why set aside", readonly=True, copy=False)

    # ------------------------------------------------------------ guard
    @api.model
    def _answer_fields(self):
        """What only :meth:`action_answer` and its kin write."""
        return {
            *ANSWER,
            "live_result_id",
            "judged_by_id",
            "judged_at",
            "answered_by_id",
            "answered_at",
            "version",
            "dropped",
            "drop_reason",
            "question_id",
        }

    @api.model_create_multi
    def create(self, vals_list):
        if not guard.is_engine(self.env):
            for vals in vals_list:
                self._refuse_answers({n for n in vals if vals[n]})
                # explicit values win over default_* keys a client may put into the context
                vals.update(dict.fromkeys(self._answer_fields(), False))
        return super().create(vals_list)

    def write(self, vals):
        if not guard.is_engine(self.env):
            self._refuse_answers(set(vals))
            if "checklist_id" in vals:
                raise UserError(self.env._("A question stays in its checklist (AUD-4.1.5)."))
            answered = self.filtered("version")
            if answered and set(vals) - {"sequence"}:
                raise UserError(
                    self.env._(
                        "“%(question)s” has an answer already: its wording stays. Add a question "
                        "of your own instead (AUD-4.2.2).",
                        question=answered[0].question,
                    )
                )
        return super().write(vals)

    def _refuse_answers(self, names):
        owned = names & self._answer_fields()
        if owned:
            raise AccessError(
                self.env._(
                    "“%(fields)s” is entered on site by the auditors, question by question, never "
                    "by direct entry or import (AUD-4.2.2, COM-2).",
                    fields=", ".join(
                        self._fields[n]._description_string(self.env) for n in sorted(owned)
                    ),
                )
            )

    @api.ondelete(at_uninstall=True)
    def _unlink_except_on_site(self):
        for line in self.sudo():  # sudo: the state decides, for all
            if line.checklist_id.state != "draft" or line.version:
                raise UserError(
                    self.env._(
                        "“%(question)s”: on site a question is set aside with a reason, not "
                        "deleted (AUD-4.2.2).",
                        question=line.question,
                    )
                )

    # ------------------------------------------------------------ computed
    @api.model
    def _result_definitions(self):
        """What the five results mean, in the manual's words (AUD-4.2.2.3a–e) [I-35]."""
        return {
            "conforming": self.env._("Meets the standard and the service system documents."),
            "minor": self.env._("Isolated, occasional, no direct effect on service quality."),
            "general": self.env._(
                "Clearly not in line with the requirements, or with direct effect on service "
                "quality."
            ),
            "serious": self.env._(
                "A key control procedure was not carried out, or an element or requirement of "
                "the standard is missing; or a systematic or regional failure; or the final "
                "service quality is at serious risk."
            ),
            "observation": self.env._(
                "Not a nonconformity, but tends to become one, or could be done better, or the "
                "evidence is insufficient for now though a problem is expected; a point to draw "
                "attention to."
            ),
        }

    @api.depends("result")
    @api.depends_context("lang")
    def _compute_result_help(self):
        definitions = self._result_definitions()
        for line in self:
            line.result_help = definitions.get(line.result)

    @api.depends(*WAYS)
    def _compute_unverified(self):
        for line in self:
            line.unverified = line.by_interview and not line.by_documents and not line.by_inspection

    def _compute_sample_count(self):
        counts = dict(
            self.env["itsms.audit.sample"]._read_group(
                [("checklist_line_id", "in", self.ids)], ["checklist_line_id"], ["__count"]
            )
        )
        for line in self:
            line.sample_count = counts.get(line, 0)

    def _compute_nonconformity_id(self):
        reports = {report.source_id: report for report in self._reports()}
        for line in self:
            line.nonconformity_id = reports.get(line.id)

    def _has_evidence(self):
        """Whether one line names evidence: text, photo, or a live answer that was frozen."""
        # sudo: whether there is a photo, whoever may open it
        return bool((self.evidence or "").strip() or self.sudo().photo_ids or self.live_result_id)

    # ------------------------------------------------------------ answering
    def action_answer(self, version, values):
        """Enter result, evidence and how it was gathered for one question.

        :param version: the entry that the auditor had before him; another auditor's later entry
            refuses this one, and nothing of either is lost.
        :param values: dict with any of ``result``, ``evidence``, ``by_interview``,
            ``by_documents``, ``by_inspection``.
        :return: the question as it is now, as plain data.
        """
        self.ensure_one()
        values = self._clean_answer(values)
        self._lock_line()
        self._check_may_answer()
        self._check_version(version)
        values = {n: v for n, v in values.items() if (v or False) != (self[n] or False)}
        if values:
            self._enter(values)
        return self._as_data()[0]

    @api.model
    def _clean_answer(self, values):
        """Plain, allowed values, whatever a client sends."""
        if not isinstance(values, dict) or set(values) - set(ANSWER):
            raise UserError(self.env._("This is no answer to a question (AUD-4.2.2)."))
        clean = {}
        for name, value in values.items():
            if name == "result":
                if value and value not in dict(RESULTS):
                    raise UserError(self.env._("A question has one of five results (AUD-4.2.2.3)."))
                clean[name] = value or False
            elif name == "evidence":
                text = str(value or "").strip()
                if len(text) > LONGEST:
                    raise UserError(
                        self.env._(
                            "Evidence has at most %(most)s characters; add a file instead.",
                            most=LONGEST,
                        )
                    )
                clean[name] = text or False
            else:
                clean[name] = bool(value)
        return clean

    def _lock_line(self):
        """Simultaneous entries on one question wait for their turn."""
        self.check_access("read")
        try:
            self.sudo().lock_for_update()  # sudo: a lock needs no right, and gives none
        except LockError as exc:
            raise UserError(
                self.env._(
                    "Somebody else is entering an answer to “%(question)s” at this very moment. "
                    "Your text is kept; try again in a moment.",
                    question=self.question,
                )
            ) from exc
        self.invalidate_recordset()

    def _check_may_answer(self):
        checklists = self.checklist_id
        checklists._check_on_site()
        checklists._check_auditor()
        for line in self:
            if line.dropped:
                raise UserError(
                    self.env._(
                        "“%(question)s” was set aside: %(reason)s. Take it up again first.",
                        question=line.question,
                        reason=line.drop_reason,
                    )
                )

    def _check_version(self, version):
        if type(version) is not int or version != self.version:
            labels = dict(self._fields["result"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "%(who)s entered something else for “%(question)s” meanwhile: %(result)s – "
                    "%(evidence)s. Nothing was overwritten: look at it, then keep it, add yours or "
                    "replace it (AUD-4.2.2).",
                    who=self.sudo().answered_by_id.name or "–",  # sudo: a colleague's name
                    question=self.question,
                    result=labels.get(self.result) or self.env._("not judged"),
                    evidence=self.evidence or "–",
                )
            )

    def _enter(self, values):
        """Write one answer, count it, and leave evidence of every judgement."""
        now = fields.Datetime.now()
        vals = {
            **values,
            "version": self.version + 1,
            "answered_by_id": self.env.uid,
            "answered_at": now,
        }
        if "result" in values:
            judged = values["result"]
            self._check_no_report(judged)
            vals |= {
                "judged_by_id": judged and self.env.uid,
                "judged_at": judged and now,
            }
        before = self.result
        # sudo: right, turn and state were checked; nobody writes answers by hand
        guard.as_engine(self.sudo()).write(vals)
        if "result" in values:
            self._log(
                "other",
                state_from=before or None,
                state_to=self.result or None,
                comment=self.env._("Judged: %(question)s", question=self.question[:200]),
                digest=canonical.digest([self.result, self.evidence or ""]),
            )

    def _check_no_report(self, judged):
        """A result that has its nonconformity report stays at least a nonconformity."""
        if judged not in NONCONFORMING and self._reports():
            raise UserError(
                self.env._(
                    "“%(question)s” has its nonconformity report: withdraw or void that one first "
                    "(AUD-4.2.2a).",
                    question=self.question,
                )
            )

    # ------------------------------------------------------------ setting aside
    def action_drop(self, reason):
        """Set questions aside that cannot be audited here, with the reason."""
        reason = str(reason or "").strip()
        if not reason:
            raise UserError(self.env._("Say why the question cannot be audited here (AUD-4.2.2)."))
        for line in self:
            line._lock_line()
        self._check_may_answer()
        judged = self.filtered("result")
        if judged:
            raise UserError(
                self.env._(
                    "“%(question)s” is judged already; it is not set aside.",
                    question=judged[0].question,
                )
            )
        # sudo: right, turn and state were checked; nobody writes this by hand
        guard.as_engine(self.sudo()).write({"dropped": True, "drop_reason": reason[:250]})
        self._log("other", comment=self.env._("Set aside: %(reason)s", reason=reason[:250]))
        return self._as_data()

    def action_take_up(self):
        """Take up again what was set aside."""
        for line in self:
            line._lock_line()
        self.checklist_id._check_on_site()
        self.checklist_id._check_auditor()
        back = self.filtered("dropped")
        # sudo: right, turn and state were checked; nobody writes this by hand
        guard.as_engine(back.sudo()).write({"dropped": False, "drop_reason": False})
        back._log("other", comment=self.env._("Taken up again"))
        return self._as_data()
