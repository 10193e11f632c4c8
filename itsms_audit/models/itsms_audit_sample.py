import base64
import gzip
import json
import secrets

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from odoo.addons.itsms_base.engine import canonical, guard
from odoo.addons.itsms_base.engine.lifecycle import Transition

from ..engine import sampling

AUDITORS = ("lead_auditor", "internal_auditor")
STRATA = ("many2one", "selection", "boolean", "char", "integer")
LARGEST = 1_000_000  # records that are sampled from
LONGEST_SAMPLE = 500


class ItsmsAuditSample(models.Model):
    """Random sample of real records that anybody can draw again (EVD-2).

    Population, seed and drawn records are frozen. The draw itself is in ``engine/sampling.py``.
    """

    _name = "itsms.audit.sample"
    _description = "Audit Sample"
    _inherit = [
        "itsms.content.lock.mixin",
        "itsms.audit.search.mixin",
        "itsms.access.fields.mixin",
    ]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(required=True, help="What the sample is to show.")
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.company,
    )
    department_id = fields.Many2one(
        "hr.department", ondelete="restrict", check_company=True, index="btree_not_null"
    )
    checklist_line_id = fields.Many2one(
        "itsms.audit.checklist.line",
        string="For the question",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
    date_from = fields.Date(string="Period from")
    date_to = fields.Date(string="Period to")
    stratum_field = fields.Char(
        string="Stratified by",
        help="Every value of this field gives its share of the sample, such as priority or class.",
    )
    size_rule = fields.Selection(
        [("root", "Square root, 3 to 25"), ("own", "Own number")],
        required=True,
        default="root",
        help="The square root of the population rounded up, at least 3, at most 25; or a number "
        "of your own (EVD-2).",
    )
    own_size = fields.Integer(string="How many", default=5, aggregator=None)
    seed = fields.Integer(
        required=True,
        default=lambda self: self._default_seed(),
        aggregator=None,
        help="The same seed over the same population gives the same sample again.",
    )
    state = fields.Selection(
        [("draft", "Draft"), ("drawn", "Drawn"), ("cancelled", "Cancelled")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
    )
    population = fields.Integer(readonly=True, copy=False, aggregator=None)
    size = fields.Integer(string="Drawn", readonly=True, copy=False, aggregator=None)
    strata = fields.Json(string="Draw per stratum", readonly=True, copy=False)
    strata_text = fields.Char(string="Strata", compute="_compute_strata_text")
    population_file = fields.Binary(
        attachment=True, readonly=True, copy=False, help="Ids of the population, compressed."
    )
    population_digest = fields.Char(
        string="Population SHA-256", readonly=True, copy=False, help="SHA-256 over the population."
    )
    drawn_at = fields.Datetime(string="Drawn on", readonly=True, copy=False)
    drawn_by_id = fields.Many2one(
        "res.users", string="Drawn by", readonly=True, copy=False, ondelete="restrict"
    )
    line_ids = fields.One2many(
        "itsms.audit.sample.line", "sample_id", string="Sampled records", readonly=True, copy=False
    )

    _seed_chk = models.Constraint("CHECK (seed > 0)", "A seed is a number above zero (EVD-2).")
    _dates_chk = models.Constraint(
        "CHECK (date_to >= date_from)", "A period ends on the day it begins, or later (EVD-1)."
    )

    @api.model
    def _default_seed(self):
        return secrets.randbelow(2**31 - 1) + 1

    # ------------------------------------------------------------ declaration
    def _engine_fields(self):
        return super()._engine_fields() | {
            "population",
            "size",
            "strata",
            "population_file",
            "population_digest",
            "drawn_at",
            "drawn_by_id",
            "line_ids",
        }

    def _initial_engine_values(self):
        values = super()._initial_engine_values()
        values.pop("line_ids")
        return values

    def _lifecycle_transitions(self):
        return super()._lifecycle_transitions() | {
            "draw": Transition("draw", self.env._("Draw"), ("draft",), "drawn", internal=True),
            "cancel": Transition(
                "cancel", self.env._("Cancel"), ("draft", "drawn"), "cancelled", reason=True
            ),
        }

    @api.model
    def _see_domain(self):
        assignments = self.env.user._itsms_role_assignments("management_representative", *AUDITORS)
        return Domain("company_id", "in", assignments.company_id.ids)

    @api.model
    def _edit_domain(self):
        return Domain("create_uid", "=", self.env.uid)

    def _locked_way_out(self):
        return self.env._("Draw a new sample, with a reason why.")

    @api.model_create_multi
    def create(self, vals_list):
        # before anything is written: a caller may swallow the refusal and commit
        defaults = self.default_get(["company_id", "checklist_line_id"])
        for vals in vals_list:
            given = {**defaults, **vals}
            self._check_may_draw(
                self.env["res.company"].browse(given.get("company_id") or self.env.company.id),
                self.env["itsms.audit.checklist.line"].browse(given.get("checklist_line_id")),
            )
        return super().create(vals_list)

    def write(self, vals):
        result = super().write(vals)
        if {"company_id", "checklist_line_id"} & set(vals):
            self._check_auditor()
        return result

    def _check_auditor(self):
        for sample in self:
            sample._check_may_draw(sample.company_id, sample.checklist_line_id)

    @api.model
    def _check_may_draw(self, company, line):
        """Auditors draw samples, and the ITSMS office for an external auditor."""
        if self.env.su:
            return
        user = self.env.user
        checklist = line.sudo().checklist_id  # sudo: compares people
        if checklist and user not in checklist.auditor_ids | checklist.audit_id.lead_id:
            raise AccessError(
                self.env._(
                    "The auditors of %(checklist)s draw its samples (AUD-4.1.3b).",
                    checklist=checklist.display_name,
                )
            )
        office = user.has_group("itsms_base.group_itsms_office")
        if not office and company not in user._itsms_role_assignments(*AUDITORS).company_id:
            raise AccessError(
                self.env._(
                    "Internal auditors and the ITSMS office draw samples (EVD-2). Ask the lead "
                    "auditor."
                )
            )

    def _check_search(self):
        super()._check_search()
        if not self.stratum_field or not self._installed():
            return
        model = self.env[self.model_name]
        self._check_field(model, self.stratum_field)
        field = model._fields.get(self.stratum_field)
        if field is None or not field.store or field.type not in STRATA:
            self._refuse(self.stratum_field)

    @api.constrains("stratum_field")
    def _check_stratum_field(self):
        self._check_domain()

    @api.depends("strata")
    def _compute_strata_text(self):
        for sample in self:
            sample.strata_text = ", ".join(
                f"{part['label']}: {part['drawn']}/{part['population']}"
                for part in sample.strata or []
            )

    # ------------------------------------------------------------ draw
    def action_draw(self):
        """Draw the sample under the rights of who draws it; it is frozen from then on."""
        self.ensure_one()
        self._lock_rows()
        self.check_access("write")
        self._check_auditor()
        if not self._installed():
            raise UserError(
                self.env._(
                    "“%(name)s”: the module of these records is not installed (EVD-2).",
                    name=self.name,
                )
            )
        self._check_search()
        self._check_transition(self._transition("draw"), None)
        population, labels = self._population()
        total = sum(len(ids) for ids in population.values())
        size = self._wanted_size(total)
        drawn = sampling.draw(population, size, self.seed)
        data = canonical.canonical_json(population).encode()
        counts = {}
        for key, _record_id in drawn:
            counts[key] = counts.get(key, 0) + 1
        self._engine_write(
            {
                "population": total,
                "size": len(drawn),
                "strata": [
                    {"label": labels[key], "population": len(ids), "drawn": counts.get(key, 0)}
                    for key, ids in sorted(population.items())
                ]
                if self.stratum_field
                else [],
                "population_digest": canonical.content_digest(data),
                "drawn_at": fields.Datetime.now(),
                "drawn_by_id": self.env.uid,
            }
        )
        self._keep_population(data)
        self._keep_lines(drawn, labels)
        return self._run_transition(
            self._transition("draw"),
            self.env._(
                "%(size)s of %(population)s, seed %(seed)s",
                size=len(drawn),
                population=total,
                seed=self.seed,
            ),
            digests=lambda: {self.id: self.population_digest},
            locked=True,
        )

    def _wanted_size(self, total):
        if not total:
            raise UserError(
                self.env._(
                    "“%(name)s”: no record that is open to you fits, so there is nothing to draw "
                    "from. Look at the conditions and the period; “no occurrence” is a statement "
                    "of its own (EVD-2, COM-26).",
                    name=self.name,
                )
            )
        if self.size_rule == "root":
            return sampling.sample_size(total)
        if not 1 <= self.own_size <= min(total, LONGEST_SAMPLE):
            raise UserError(
                self.env._(
                    "“%(name)s”: draw at least 1 and at most %(most)s records (EVD-2).",
                    name=self.name,
                    most=min(total, LONGEST_SAMPLE),
                )
            )
        return self.own_size

    def _population(self):
        """Ids by stratum and the strata's names, as the current user may see them."""
        model = self._searched(self.company_id)
        model.check_access("read")
        domain = self._scope(
            self.company_id, self.department_id, self.date_from, self.date_to
        ) & Domain(self._conditions())

        def search():
            if not self.stratum_field:
                query = model._search(domain, order="id", limit=LARGEST + 1)
                return [(None, list(query.get_result_ids()))]
            return model._read_group(domain, [self.stratum_field], ["id:array_agg"])

        rows = self._search_safely(search)
        if sum(len(ids) for _key, ids in rows) > LARGEST:
            raise UserError(
                self.env._(
                    "“%(name)s”: there are more than %(most)s records. Narrow the conditions or "
                    "the period (EVD-2).",
                    name=self.name,
                    most=LARGEST,
                )
            )
        population, labels = {}, {}
        for value, ids in rows:
            if not ids:
                continue
            key = str(value.id if isinstance(value, models.BaseModel) else value)
            population[key] = sorted(ids)
            labels[key] = self._stratum_label(model, value)
        return population, labels

    def _stratum_label(self, model, value):
        if isinstance(value, models.BaseModel):
            return value.display_name or "–"
        field = self.stratum_field and model._fields[self.stratum_field]
        if field and field.type == "selection":
            return dict(field._description_selection(self.env)).get(value) or str(value or "–")
        if field and field.type == "boolean":
            return self.env._("yes") if value else self.env._("no")
        return str(value or "–")

    def _keep_population(self, data):
        # sudo: the engine's own file; its time stamp is left out so that equal content is equal
        guard.as_engine(self.sudo()).write(
            {"population_file": base64.b64encode(gzip.compress(data, mtime=0))}
        )

    def _keep_lines(self, drawn, labels):
        model = self._searched(self.company_id)
        records = model.browse([record_id for _key, record_id in drawn])
        names = {record.id: self._frozen_name(record) for record in records}
        # sudo: lines are written by the system only
        guard.as_engine(self.env["itsms.audit.sample.line"].sudo()).create(
            [
                {
                    "sample_id": self.id,
                    "sequence": place,
                    "res_model": self.model_name,
                    "res_id": record_id,
                    "name": names[record_id],
                    "stratum": labels[key] if self.stratum_field else False,
                }
                for place, (key, record_id) in enumerate(drawn, start=1)
            ]
        )

    # ------------------------------------------------------------ draw again
    def _draw_again(self):
        """Ids that seed and kept population give, in the order of the draw; one sample."""
        # sudo: the kept file of a record that the user may read
        content = base64.b64decode(self.sudo().with_context(bin_size=False).population_file)
        data = gzip.decompress(content)
        if canonical.content_digest(data) != self.population_digest:
            raise UserError(
                self.env._(
                    "%(name)s: the kept population is not the one that was drawn from (EVD-2).",
                    name=self.display_name,
                )
            )
        return [i for _key, i in sampling.draw(json.loads(data), self.size, self.seed)]

    def action_draw_again(self):
        """Prove that seed and population give this very sample."""
        self.ensure_one()
        self.check_access("read")
        if self.state == "draft":
            raise UserError(self.env._("%(name)s is not drawn yet (EVD-2).", name=self.name))
        # sudo: lines about records that the user may not open count too
        kept = self.sudo().line_ids.sorted("sequence").mapped("res_id")
        same = self._draw_again() == kept
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if same else "danger",
                "title": self.name,
                "message": self.env._("Drawn again: the same %(n)s records.", n=len(kept))
                if same
                else self.env._("Drawn again: not the same records (EVD-2)."),
            },
        }

    # ------------------------------------------------------------ notes
    def _check_notes_open(self):
        self.check_access("write")
        for sample in self:
            if sample.state != "drawn":
                raise UserError(
                    self.env._(
                        "%(name)s is “%(state)s”: nothing more is noted in it (EVD-2).",
                        name=sample.display_name,
                        state=sample._state_label(),
                    )
                )

    # ------------------------------------------------------------ screens
    def action_cancel(self):
        return self.env["itsms.decision"]._open(self, "cancel")

    def action_open_records(self):
        """The sampled records in their own list, as far as they are open to the user."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": self.model_name,
            "views": [(False, "list"), (False, "form")],
            "domain": [("id", "in", self.line_ids.mapped("res_id"))],
            "context": {"create": False, "active_test": False},
        }


class ItsmsAuditSampleLine(models.Model):
    """One drawn record, with what the auditor saw in it."""

    _name = "itsms.audit.sample.line"
    _description = "Sampled Record"
    _inherit = ["itsms.engine.rows.mixin", "itsms.record.reference.mixin"]
    _order = "sample_id, sequence, id"
    _rec_name = "name"

    sample_id = fields.Many2one(
        "itsms.audit.sample", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="sample_id.company_id", store=True, index=True)
    sequence = fields.Integer(string="No.", readonly=True)
    name = fields.Char(string="Name when drawn", readonly=True)
    stratum = fields.Char(readonly=True)
    verdict = fields.Selection(
        [("ok", "In order"), ("not_ok", "Not in order"), ("not_found", "Not found")],
        help="What the auditor saw in this record.",
    )
    note = fields.Char(string="Seen")

    @api.model
    def _by_hand_refusal(self):
        return self.env._("The records of a sample are drawn by the system only (EVD-2).")

    @api.model
    def _hand_fields(self):
        return {"verdict", "note"}

    def write(self, vals):
        if not guard.is_engine(self.env):
            self.sample_id._check_notes_open()
        return super().write(vals)
