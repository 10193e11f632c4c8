from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import is_html_empty

from odoo.addons.itsms_base.engine import cache, guard
from odoo.addons.itsms_base.engine.lifecycle import Transition


class ItsmsRecordForm(models.Model):
    """The way of a record form: review, number, approval, force, revision, withdrawal."""

    _inherit = "itsms.record.form"

    # ------------------------------------------------------------ declaration
    def _lifecycle_transitions(self):
        office = ("itsms_base.group_itsms_office",)
        return super()._lifecycle_transitions() | {
            "publish": Transition(
                "publish",
                self.env._("Put into force"),
                ("approved",),
                "valid",
                roles=("document_controller",),
                groups=office,
            ),
            "supersede": Transition(
                "supersede", self.env._("Supersede"), ("valid",), "superseded", internal=True
            ),
            "obsolete": Transition(
                "obsolete",
                self.env._("Withdraw from use"),
                ("valid",),
                "obsolete",
                roles=("document_controller",),
                groups=office,
                reason=True,
            ),
            "cancel": Transition(
                "cancel",
                self.env._("Cancel form"),
                ("draft", "rejected", "approved"),
                "cancelled",
                reason=True,
            ),
        }

    # ------------------------------------------------------------ approval
    def _approval_check_submit(self, manifests):
        super()._approval_check_submit(manifests)
        self._check_document()
        routes = self._approval_routes()
        for form in self:
            has_file = any(entry["field"] == "file" for entry in manifests[form.id])
            if not has_file and is_html_empty(form.body):
                raise UserError(
                    self.env._(
                        "%(name)s cannot be submitted yet: attach the blank form, or write it "
                        "down as text (REC-4.1.1).",
                        name=form.display_name,
                    )
                )
            lines = routes[form.id].line_ids if form.id in routes else ()
            stages = {
                label: [x.stage for x in lines if x.label == label and not x.optional]
                for label in ("review", "approve")
            }
            if lines and not (
                stages["review"] and stages["approve"]
                and max(stages["review"]) < min(stages["approve"])
            ):  # fmt: skip
                raise UserError(
                    self.env._(
                        "The approval route of %(name)s has to hold a review and, at a later "
                        "stage, an approval: a record form is reviewed, numbered and then signed "
                        "(REC-4.1.2, REC-4.1.3). Correct it under Configuration › Approvals › "
                        "Approval routes.",
                        name=form.display_name,
                    )
                )

    def _approval_stage_opened(self):
        """The review is confirmed: now, and not before, the form gets its number (REC-4.1.2)."""
        super()._approval_stage_opened()
        fresh = self.filtered(lambda f: not f.review_confirmed_at and f._review_passed())
        if not fresh:
            return
        # sudo: the engine's own field; the reviewer needs no write access to the form
        guard.as_engine(fresh.sudo()).write({"review_confirmed_at": fields.Datetime.now()})
        unnumbered = fresh.filtered(lambda f: not f.number)
        unnumbered._draw_numbers()
        unnumbered._log("number", state_to=lambda f: f.number)

    def _review_passed(self):
        """Whether nobody is still asked to review one form (sudo: the engine's steps)."""
        steps = self.sudo().approval_step_ids.filtered(
            lambda s: s.round == self.approval_round and s.label == "review"
        )
        return bool(steps) and all(s.state in ("approved", "optional") for s in steps)

    # ------------------------------------------------------------ transitions
    def _check_transition(self, transition, comment):
        super()._check_transition(transition, comment)
        if transition.name != "publish":
            return
        for form in self:
            # sudo: the signatures of the last round
            steps = form.sudo().approval_step_ids.filtered(
                lambda s, f=form: s.round == f.approval_round and s.state == "approved"
            )
            if not form.number or not {"review", "approve"} <= set(steps.mapped("label")):
                raise UserError(
                    self.env._(
                        "%(name)s cannot enter into force without review, number and the "
                        "signature of the management representative (REC-4.1.2, REC-4.1.3).",
                        name=form.display_name,
                    )
                )
            other = form.code and self._in_force(form.code, form.company_id).sudo()
            if other and other.number != form.number:  # sudo: number only
                raise UserError(
                    self.env._(
                        "%(name)s: form %(other)s with the technical code “%(code)s” is still in "
                        "force. Withdraw it first.",
                        name=form.display_name,
                        other=other.number,
                        code=form.code,
                    )
                )
        self._check_content_unchanged()

    def _run_transition(self, transition, comment=None, **kwargs):
        """The older revision steps down first: never are two in force at a time."""
        if transition.name == "publish":
            self._lock_rows()
            self._check_transition(transition, comment)
            older = self._other_revisions().filtered(lambda f: f.state == "valid")
            if older:
                older._run_transition(older._transition("supersede"))
            kwargs["locked"] = True
        return super()._run_transition(transition, comment, **kwargs)

    def _other_revisions(self):
        """All revisions of these forms but themselves (sudo: found whoever publishes)."""
        numbers = self.filtered("number").mapped("number")
        domain = [("company_id", "in", self.company_id.ids), ("number", "in", numbers)]
        return self.sudo().search(domain).with_env(self.env) - self

    def _after_transition(self, transition):
        super()._after_transition(transition)
        now = fields.Datetime.now()
        # sudo: the engine's own fields, whoever holds the right to the transition
        engine = guard.as_engine(self.sudo())
        if transition.name == "submit":
            engine.write({"review_confirmed_at": False})
        elif transition.name == "publish":
            engine.write({"published_at": now, "published_by_id": self.env.uid})
            self._send_to_departments()
        elif transition.name in ("supersede", "obsolete"):
            engine.write({"ended_at": now})
        if transition.name in ("publish", "supersede", "obsolete"):
            cache.forget(self.env)

    # ------------------------------------------------------------ acts
    def action_publish(self):
        """Put approved forms into force and send them to the using departments (REC-4.1.4)."""
        return self.action_transition("publish")

    def action_cancel(self):
        """Dialog that asks for the reason."""
        return self.env["itsms.decision"]._open(self, "cancel")

    def action_obsolete(self):
        """Dialog that asks for the reason."""
        return self.env["itsms.decision"]._open(self, "obsolete")

    def action_new_revision(self):
        """Open the next revision of a form in force: same number, revision + 1."""
        self.ensure_one()
        self.check_access("write")
        self._lock_rows()
        if self.state != "valid":
            raise UserError(self.env._("Only a form that is in force is revised."))
        working = self._other_revisions().filtered(lambda f: f.state in self._working_states)
        if working:
            raise UserError(
                self.env._(
                    "%(name)s: another revision is still in work. Finish or cancel it first.",
                    name=self.display_name,
                )
            )
        vals = self.with_context(bin_size=False).copy_data()[0]
        revision = self.create({**vals, "name": self.name, "change_reason": False})
        last = max((self | self._other_revisions()).mapped("revision_no"))
        # sudo: identity is the engine's; that the user may write the form was checked
        guard.as_engine(revision.sudo()).write(
            {
                "number": self.number,
                "serial": self.serial,
                "revision_no": last + 1,
                "previous_id": self.id,
                "code": self.code,
            }
        )
        return revision._open_form()

    def action_open_document(self):
        """Open the procedure or supporting document the form belongs to."""
        self.ensure_one()
        self.document_id.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "itsms.document",
            "res_id": self.document_id.id,
            "views": [(False, "form")],
        }

    def action_view_revisions(self):
        """All revisions of the form."""
        self.ensure_one()
        domain = [("number", "=", self.number), ("company_id", "=", self.company_id.id)]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Revisions of %(name)s", name=self.display_name),
            "res_model": self._name,
            "view_mode": "list,form",
            "domain": domain if self.number else [("id", "=", self.id)],
            "context": {"create": False},
        }
