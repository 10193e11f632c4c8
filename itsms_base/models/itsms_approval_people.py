from odoo import fields, models


class ItsmsApprovalPeopleMixin(models.AbstractModel):
    """The approval engine's word to people: to-dos, news, dialogs and the signatures in print.

    None of it is evidence and nothing here decides anything.
    """

    _name = "itsms.approval.people.mixin"
    _description = "Approval: People"

    def _approval_as(self, user):
        """These records as ``user`` meets them, whatever companies the caller has switched on."""
        # sudo: the companies of a colleague
        companies = list(user.sudo()._get_company_ids())
        return self.with_user(user).with_context(allowed_company_ids=companies)

    def _approval_open_to(self, user):
        """Those of these records that ``user`` may open."""
        return self._approval_as(user)._filtered_access("read").with_env(self.env)

    # ------------------------------------------------------------ to-dos
    def _approval_schedule_activities(self, users_by_step):
        """To-dos for those who may decide; one query to see which exist, one to create."""
        if "activity_ids" not in self._fields:
            return
        records = self.browse(step.res_id for step in users_by_step)
        existing = {(a.res_id, a.user_id) for a in records._approval_activities("decision")}
        vals_list = [
            {
                "res_id": step.res_id,
                "user_id": user.id,
                "summary": step._label_text(),
                "date_deadline": (step.deadline or fields.Datetime.now()).date(),
            }
            for step, users in self._approval_readers(users_by_step).items()
            for user in users
            if (step.res_id, user) not in existing
        ]
        self._approval_create_activities("decision", vals_list)

    def _approval_readers(self, users_by_step):
        """Leave out people who may not open the record: a to-do would tell them its title."""
        steps_by_user = {}
        for step, users in users_by_step.items():
            for user in users:
                steps_by_user.setdefault(user, []).append(step)
        result = dict.fromkeys(users_by_step, self.env["res.users"])
        for user, steps in steps_by_user.items():
            open_to = set(self.browse(step.res_id for step in steps)._approval_open_to(user).ids)
            for step in steps:
                if step.res_id in open_to:
                    result[step] |= user
        return result

    def _approval_finish_activities(self):
        """Remove the to-dos of everybody who is no longer asked; they are no evidence."""
        if "activity_ids" not in self._fields:
            return
        asked = self._open_steps()._people_asked()
        still = {(step.res_id, user) for step, users in asked.items() for user in users}
        self._approval_activities("decision", "rework").filtered(
            lambda a: (a.res_id, a.user_id) not in still
        ).unlink()

    def _approval_activity_type(self, name):
        return self.env.ref(f"itsms_base.mail_activity_type_{name}")

    def _approval_activities(self, *names):
        """Running to-dos of the named types on these records."""
        types = [self._approval_activity_type(name).id for name in names]
        # sudo: to-dos of other people too
        return (
            self.env["mail.activity"]
            .sudo()
            .search(
                [
                    ("res_model", "=", self._name),
                    ("res_id", "in", self.ids),
                    ("activity_type_id", "in", types),
                ]
            )
        )

    def _approval_create_activities(self, name, vals_list):
        common = {
            "activity_type_id": self._approval_activity_type(name).id,
            "res_model_id": self.env["ir.model"]._get_id(self._name),
        }
        # sudo: activities are the engine's word to people, whatever rights the caller has
        Activity = self.env["mail.activity"].sudo().with_context(mail_activity_quick_update=True)
        Activity.create([{**common, **vals} for vals in vals_list])

    # ------------------------------------------------------------ news
    def _approval_tell_author(self, text, rework=False):
        """Author and submitter hear of the result: a note, and a to-do where work came back."""
        if "message_ids" not in self._fields:
            return
        self._message_log_batch(bodies=dict.fromkeys(self.ids, text))
        if rework:
            self._approval_create_activities("rework", self._approval_rework_vals(text))
            return
        for people, records in self.grouped(lambda r: r._approval_authors()).items():
            records[0]._approval_tell(
                people, f"{text}: {', '.join(records.mapped('display_name'))}"
            )

    def _approval_authors(self):
        """Who submitted one record and who wrote it (sudo: names of colleagues)."""
        return (self.submitted_by_id | self._approval_preparers()).sudo().filtered("active")

    def _approval_rework_vals(self, text):
        return [
            {
                "res_id": record.id,
                "user_id": user.id,
                "summary": self.env._("Rework"),
                "note": text,
            }
            for record in self
            for user in record._approval_authors()
        ]

    def _approval_tell(self, users, text):
        """Notify ``users`` about one record, except those who may not open it."""
        self.ensure_one()
        readers = users.filtered(self._approval_open_to)
        if readers and "message_ids" in self._fields:
            # sudo: a notification in the system's name
            self.sudo().message_notify(
                partner_ids=readers.partner_id.ids, body=text, subject=self.display_name
            )

    # ------------------------------------------------------------ screens
    def action_open_decision(self):
        """Dialog for a decision with comment and, where asked, password."""
        operation = self.env.context.get("itsms_operation", "approve")
        return self.env["itsms.decision"]._open(self, operation)

    def action_open_hand_over(self):
        """Dialog in which a decider hands his decision on this record over (COM-6)."""
        self.ensure_one()
        mine = self._open_steps().with_env(self.env).filtered("waiting_for_me")
        action = self.env["ir.actions.actions"]._for_xml_id("itsms_base.itsms_hand_over_action")
        return {**action, "context": {"default_step_id": mine[:1].id}}

    def action_preview_route(self):
        """Who would be asked for this record now?"""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Who will be asked?"),
            "res_model": "itsms.route.preview",
            "view_mode": "form",
            "target": "new",
            "context": {"default_res_model": self._name, "default_res_id": self.id},
        }

    def _approval_signatures(self):
        """Signatures of the last round for print: preparer first, then the approved steps.

        :return: list of dicts ``label``, ``name`` (with 代), ``date``; steps also ``key`` and
            ``reason`` (why a substitute signed).
        """
        self.ensure_one()
        labels = dict(
            self.env["itsms.approval.step"]._fields["label"]._description_selection(self.env)
        )
        lines = []
        if self.submitted_at:
            author = self._approval_preparers()[:1] or self.submitted_by_id
            lines.append(
                # sudo: names and signatures are shown to everybody who may read the record
                {"label": labels["prepare"], "name": author.sudo().name, "date": self.submitted_at}
            )
        # sudo: names and signatures are shown to everybody who may read the record
        steps = self.sudo().approval_step_ids.filtered(
            lambda s: s.round == self.approval_round and s.state == "approved"
        )
        for step in steps.sorted(lambda s: (s.stage, s.sequence, s.id)):
            lines.append(
                {
                    "label": labels[step.label],
                    "name": step.signature,
                    "date": step.decided_at,
                    "key": step.label,
                    # why somebody else signed for the decider (DOC-4.5.2a)
                    "reason": step.behalf_id and step.substitute_reason,
                }
            )
        return lines
