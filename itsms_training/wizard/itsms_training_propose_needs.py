from datetime import date

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.itsms_base.engine import guard


class ItsmsTrainingProposeNeeds(models.TransientModel):
    """Propose needs from what the system knows: gaps to the job standards, certificates that run
    out, documents that people are asked to read, new employees (TRN-4.2.1).

    What is covered by a need already – whatever became of it – is not proposed again.
    """

    _name = "itsms.training.propose.needs"
    _description = "Propose Training Needs"
    _inherit = ["itsms.dialog.mixin"]

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    year = fields.Integer(required=True, default=lambda self: self._default_year())
    department_ids = fields.Many2many(
        "hr.department",
        string="Departments",
        required=True,
        domain="[('company_id', '=', company_id)]",
        default=lambda self: self._default_department_ids(),
    )
    gaps = fields.Boolean(string="Gaps to the job standards", default=True)
    certificates = fields.Boolean(string="Certificates that run out", default=True)
    documents = fields.Boolean(string="New and changed documents", default=True)
    hires = fields.Boolean(string="New employees", default=True)
    since = fields.Date(
        required=True,
        default=lambda self: self._default_since(),
        help="Documents published and people hired from this day on.",
    )

    @api.model
    def _default_year(self):
        return self.env["itsms.training.need"]._default_year()

    @api.model
    def _default_since(self):
        today = self.env.company._itsms_today()
        return date(today.year, 1, 1)

    @api.model
    def _default_department_ids(self):
        # sudo: the departments a person heads; no private data is read
        Department = self.env["hr.department"].sudo()
        headed = Department.search(
            [("manager_id.user_id", "=", self.env.uid), ("company_id", "=", self.env.company.id)]
        )
        return headed.sudo(False)

    def action_confirm(self):
        """Create or complete the drafts and show them."""
        self.ensure_one()
        self._check_departments()
        needs = self._propose()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Proposed needs"),
            "res_model": "itsms.training.need",
            "view_mode": "list,form",
            "domain": [("id", "in", needs.ids)],
        }

    def _check_departments(self):
        """For the own departments; HR for all of the company."""
        user = self.env.user
        if not self.department_ids:
            raise UserError(self.env._("Choose at least one department."))
        mine = user._itsms_headed_departments()
        for department in self.department_ids:
            if department.company_id and department.company_id != self.company_id:
                raise UserError(
                    self.env._(
                        "%(department)s belongs to another company.",
                        department=department.display_name,
                    )
                )
            if department not in mine and not user._itsms_is_training_hr(self.company_id):
                raise AccessError(
                    self.env._(
                        "The needs of %(department)s are proposed by its head or by HR "
                        "(TRN-4.2.1).",
                        department=department.display_name,
                    )
                )

    # ------------------------------------------------------------ proposing
    def _propose(self):
        """Drafts for what is not covered yet; one per department and topic."""
        # sudo: the right to these departments was checked; needs are compared by person
        Need = self.env["itsms.training.need"].sudo()
        wanted = {}
        for source, key, department, name, employees, extra in self._candidates():
            entry = wanted.setdefault(
                (department.id, key), {"source": source, "name": name, "employees": set(), **extra}
            )
            entry["employees"].update(employees.ids)
        existing = Need.search(
            [
                ("company_id", "=", self.company_id.id),
                ("year", "=", self.year),
                ("department_id", "in", self.department_ids.ids),
                ("source_key", "!=", False),
                ("state", "!=", "cancelled"),
            ]
        )
        covered, drafts = {}, {}
        for need in existing:
            key = (need.department_id.id, need.source_key)
            covered.setdefault(key, set()).update(need.employee_ids.ids)
            if need.state == "draft":
                drafts[key] = need
        touched = Need
        vals_list = []
        for key, entry in wanted.items():
            rest = entry.pop("employees") - covered.get(key, set())
            if not rest:
                continue
            if key in drafts:
                commands = [fields.Command.link(i) for i in sorted(rest)]
                drafts[key].write({"employee_ids": commands})
                touched |= drafts[key]
                continue
            vals_list.append(
                (
                    key[1],
                    {
                        **entry,
                        "company_id": self.company_id.id,
                        "department_id": key[0],
                        "year": self.year,
                        "employee_ids": [fields.Command.set(sorted(rest))],
                    },
                )
            )
        created = Need.create([vals for _key, vals in vals_list])
        for need, (key, _vals) in zip(created, vals_list, strict=True):
            guard.as_engine(need).write({"source_key": key})
        return (touched | created).with_env(self.env)

    def _candidates(self):
        """Yield ``(source, key, department, name, employees, further values)``."""
        employees = self._employees()
        if self.gaps or self.certificates:
            yield from self._from_gaps(employees)
        if self.certificates:
            yield from self._from_certificates(employees)
        if self.documents:
            yield from self._from_documents(employees)
        if self.hires:
            yield from self._from_hires(employees)

    def _employees(self):
        # sudo: the right to these departments was checked
        return (
            self.env["hr.employee"]
            .sudo()
            .search(
                [
                    ("department_id", "in", self.department_ids.ids),
                    ("company_id", "=", self.company_id.id),
                ]
            )
        )

    def _from_gaps(self, employees):
        Gap = self.env.get("itsms.training.gap")
        if Gap is None:
            return
        gaps = Gap._gaps(employees)
        for employee in employees:
            for gap in gaps.get(employee.id, ()):
                yield from self._from_gap(employee, gap)

    def _from_gap(self, employee, gap):
        """Skills and certificates are trained; schooling and years of experience are not."""
        running_out = gap["kind"] == "certificate"
        if gap["kind"] not in ("skill", "certificate") or not (
            self.certificates if running_out else self.gaps
        ):
            return
        source = "certificate" if running_out else "gap"
        key = f"{gap['kind']}:{gap.get('type_id' if running_out else 'skill_id') or gap['what']}"
        yield source, key, employee.department_id, gap["what"], employee, {"priority": "1"}

    def _from_certificates(self, employees):
        """Work certificates that run out before the end of the year."""
        Certificate = self.env.get("itsms.work.certificate")
        if Certificate is None:
            return
        # sudo: the right to these departments was checked
        found = Certificate.sudo().search(
            [
                ("employee_id", "in", employees.ids),
                ("state", "=", "valid"),
                ("valid_to", "<=", date(self.year, 12, 31)),
            ]
        )
        for certificate in found:
            employee = certificate.employee_id
            name = self.env._("Renewal: %(name)s", name=certificate.type_id.display_name)
            key = f"certificate:{certificate.type_id.id}"
            extra = {"priority": "1", "kind": "special"}
            yield "certificate", key, employee.department_id, name, employee, extra

    def _from_documents(self, employees):
        """Documents published since, which people of the departments are asked to read; only
        those that the user himself may open."""
        rows = self.env["itsms.document.acknowledgement"]._read_group(
            [
                ("kind", "=", "read"),
                ("state", "in", ("open", "done")),
                ("company_id", "=", self.company_id.id),
                ("user_id", "in", employees.user_id.ids),
                ("revision_id.state", "=", "valid"),
                ("revision_id.publication_date", ">=", self.since),
            ],
            ["revision_id"],
            ["user_id:array_agg"],
        )
        for revision, user_ids in rows:
            readers = employees.filtered(lambda e, u=set(user_ids): e.user_id.id in u)
            for department, group in readers.grouped("department_id").items():
                name = revision.document_id.display_name
                yield "document", f"revision:{revision.id}", department, name, group, {}

    def _from_hires(self, employees):
        for department, group in employees.grouped("department_id").items():
            new = group.filtered(
                lambda e: (e.contract_date_start or e.create_date.date()) >= self.since
            )
            if new:
                name = self.env._("Induction of new employees")
                yield "hire", "hire", department, name, new, {"kind": "induction", "priority": "1"}
