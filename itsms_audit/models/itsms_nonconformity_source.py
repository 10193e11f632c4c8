from lxml import etree

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

ENDED = ("closed", "void")


class ItsmsLogMixin(models.AbstractModel):
    """From every business record a nonconformity can be raised with one action (COM-19)."""

    _inherit = "itsms.log.mixin"

    nonconformity_count = fields.Integer(
        string="Nonconformities", compute="_compute_nonconformities"
    )
    nonconformity_status = fields.Char(
        string="State of the nonconformities", compute="_compute_nonconformities"
    )

    # ------------------------------------------------------------ hooks
    def _nonconformity_source_kind(self):
        """Hook: kind of source of what is raised from one record, a key of ``SOURCES``."""
        return "record"

    def _nonconformity_values(self):
        """Hook: defaults of a nonconformity raised from one record."""
        values = {
            "source_model": self._name,
            "source_id": self.id,
            "source_kind": self._nonconformity_source_kind(),
        }
        company = self.env["itsms.log"]._company_of(self)
        if company:
            values["company_id"] = company.id
        department = self._fields.get("department_id")
        if department is not None and department.comodel_name == "hr.department":
            values["department_id"] = self.department_id.id
        return values

    # ------------------------------------------------------------ what was raised
    _nonconformity_key = "source_id"

    def _nonconformity_domain(self):
        """Hook, with ``_nonconformity_key``: what was raised from these records."""
        return Domain("source_model", "=", self._name) & Domain("source_id", "in", self.ids)

    def _compute_nonconformities(self):
        # sudo: how many there are and how they stand, whoever may open them (CPA-2)
        groups = (
            self.env["itsms.nonconformity"]
            .sudo()
            ._read_group(
                self._nonconformity_domain() & Domain("state", "!=", "draft"),
                [self._nonconformity_key, "state"],
                ["__count"],
            )
        )
        total, running = {}, {}
        for source, state, count in groups:
            source_id = source if isinstance(source, int) else source.id
            total[source_id] = total.get(source_id, 0) + count
            if state not in ENDED:
                running[source_id] = running.get(source_id, 0) + count
        for record in self:
            record.nonconformity_count = total.get(record.id, 0)
            left = running.get(record.id, 0)
            record.nonconformity_status = (
                self.env._("%(count)s open", count=left) if left else self.env._("all closed")
            )

    def _open_nonconformities(self):
        """Nonconformities raised from these records that are not closed yet (CPA-2; sudo: the
        rule holds whoever may open them)."""
        domain = self._nonconformity_domain() & Domain("state", "not in", ENDED)
        return self.env["itsms.nonconformity"].sudo().search(domain)

    def _raised_nonconformities(self):
        """All that were raised from these records, those not upheld left out (sudo: as above)."""
        domain = self._nonconformity_domain() & Domain("state", "!=", "void")
        return self.env["itsms.nonconformity"].sudo().search(domain)

    # ------------------------------------------------------------ screens
    def action_raise_nonconformity(self):
        """Form of a new nonconformity, the source is linked by itself (COM-19)."""
        self.ensure_one()
        self.check_access("read")
        values = self._nonconformity_values()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Raise a nonconformity"),
            "res_model": "itsms.nonconformity",
            "views": [(False, "form")],
            "context": {f"default_{name}": value for name, value in values.items()},
        }

    def action_raise_improvement(self):
        """Form of a new opportunity for improvement with this record as source (COM-19)."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Propose an improvement"),
            "res_model": "itsms.improvement",
            "views": [(False, "form")],
            "context": {"default_source_model": self._name, "default_source_id": self.id},
        }

    def action_view_nonconformities(self):
        """What was raised from one record."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Nonconformities: %(name)s", name=self.display_name),
            "res_model": "itsms.nonconformity",
            "view_mode": "list,form",
            "views": [(False, "list"), (False, "form")],
            "domain": list(self._nonconformity_domain()),
            "context": {"create": False},
        }

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        """Every form of a business record shows what was raised from it (CPA-2)."""
        arch, view = super()._get_view(view_id, view_type, **options)
        boxes = arch.xpath("//div[@name='button_box']") if view_type == "form" else ()
        if boxes and not arch.xpath("//button[@name='action_view_nonconformities']"):
            button = etree.SubElement(
                boxes[0],
                "button",
                name="action_view_nonconformities",
                type="object",
                icon="fa-exclamation-triangle",
                invisible="not nonconformity_count",
                **{"class": "oe_stat_button"},
            )
            info = etree.SubElement(button, "div", **{"class": "o_stat_info"})
            value = etree.SubElement(info, "span", **{"class": "o_stat_value"})
            etree.SubElement(value, "field", name="nonconformity_count", nolabel="1")
            label = etree.SubElement(info, "span", **{"class": "o_stat_text"})
            label.text = self.env._("Nonconformities")
            status = etree.SubElement(info, "span", **{"class": "o_stat_text"})
            etree.SubElement(status, "field", name="nonconformity_status", nolabel="1")
        return arch, view


class ItsmsLifecycleMixin(models.AbstractModel):
    """A source that demands a nonconformity cannot close without it (CPA-2)."""

    _inherit = "itsms.lifecycle.mixin"

    def _nonconformity_demands(self, transition):
        """Hook: what ``transition`` demands per record: ``raised`` – a nonconformity was issued
        for it; ``closed`` – and all of them are closed. Records left out demand nothing."""
        return {}

    def _check_transition(self, transition, comment):
        super()._check_transition(transition, comment)
        for record, demand in self._nonconformity_demands(transition).items():
            raised = record._raised_nonconformities().filtered(lambda n: n.state != "draft")
            if not raised:
                raise UserError(
                    self.env._(
                        "%(record)s demands a nonconformity with corrective action: raise and "
                        "issue it before “%(transition)s” (CPA-2).",
                        record=record.display_name,
                        transition=transition.label,
                    )
                )
            running = record._open_nonconformities()
            if demand == "closed" and running:
                raise UserError(
                    self.env._(
                        "%(record)s: %(nonconformity)s is still open; “%(transition)s” waits "
                        "until it is closed (CPA-2).",
                        record=record.display_name,
                        nonconformity=running[0].number or running[0].name,
                        transition=transition.label,
                    )
                )


class IrHttp(models.AbstractModel):
    """The client knows on which forms “raise” belongs into the menu."""

    _inherit = "ir.http"

    def session_info(self):
        info = super().session_info()
        if self.env.user._is_internal():
            mixin = self.env.registry["itsms.log.mixin"]
            # a nonconformity is raised from everything but itself and its actions
            info["itsms_raisable"] = sorted(
                name
                for name, model in self.env.registry.items()
                if issubclass(model, mixin)
                and not model._abstract
                and name not in ("itsms.nonconformity", "itsms.action")
            )
        return info


class ItsmsNonconformity(models.Model):
    """What other features raise by themselves."""

    _inherit = "itsms.nonconformity"

    @api.model
    def _raise_from_checklist(self, lines):
        """Drafts of the nonconformity reports of an audit, one per line whose result is minor,
        general or serious; conforming lines and observations have none [I-36].

        The auditor completes and issues them (AUD-4.2.2a).

        :param lines: ``itsms.audit.checklist.line`` records.
        :return: dict of the nonconformity per line.
        """
        found = lines.filtered(lambda x: x.result in ("minor", "general", "serious"))
        known = {n.source_id: n for n in found._raised_nonconformities()}
        result = {}
        for line in found:
            if line.id in known:
                result[line] = known[line.id].with_env(self.env)
                continue
            checklist = line.checklist_id
            clause = line.clause_id
            result[line] = self.create(
                {
                    "name": (line.question or clause.display_name or "")[:120],
                    "source_kind": "internal_audit",
                    "source_model": line._name,
                    "source_id": line.id,
                    "company_id": checklist.company_id.id,
                    "department_id": checklist.department_id.id,
                    "clause_id": clause.id,
                    "requirement": clause.display_name,
                    "evidence": line.evidence,
                    "grade": line.result,
                }
            )
        return result

    def action_open_source(self):
        """Open the record that the nonconformity was raised from."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.source_model,
            "res_id": self.source_id,
            "views": [(False, "form")],
        }
