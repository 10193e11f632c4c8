from odoo import api, fields, models


class ItsmsMyWork(models.AbstractModel):
    """First page of the app: what waits for me, what I submitted, what is late.

    Modules add sections by extending :meth:`_sections`; each names an action for the full list.
    Empty ones are left out, so everybody sees the cards of his own work only.
    """

    _name = "itsms.my.work"
    _description = "My Work"

    _shown = 8
    # Shown empty too: the page says that nothing waits. All others appear when there is something.
    _constant = ("to_decide",)

    @api.model
    def get_sections(self):
        """Sections for the page, as plain data for the client; only what the user may see."""
        return {
            "user": self.env.user.name,
            "sections": [
                section
                for section in self._sections()
                if section and (section["count"] or section["key"] in self._constant)
            ],
        }

    @api.model
    def _sections(self):
        return [
            self._section_to_decide(),
            self._section_returned(),
            self._section_submitted(),
            self._section_late(),
            self._section_duties(),
            self._section_defects(),
        ]

    @api.model
    def _section(self, key, title, empty, domain, action, icon):
        Step = self.env["itsms.approval.step"]
        steps = Step.search(domain, order="deadline, id", limit=self._shown)
        return {
            "key": key,
            "title": title,
            "empty": empty,
            "icon": icon,
            "count": Step.search_count(domain),
            "action": action,
            "items": [self._item(step) for step in steps],
        }

    @api.model
    def _item(self, step):
        deadline = step.deadline and fields.Datetime.context_timestamp(self, step.deadline)
        principals = step.approver_ids - self.env.user if step.waiting_for_me else step.browse()
        as_stand_in = bool(
            step.waiting_for_me and self.env.user not in step.approver_ids and principals
        )
        return {
            "id": step.id,
            "res_model": step.res_model,
            "res_id": step.res_id,
            "name": step.record_name,
            "type": step.record_type,
            "label": step._label_text(),
            "who": ", ".join(step.approver_ids.sudo().mapped("name")),  # sudo: colleagues' names
            "stand_in": as_stand_in,
            "by": step.submitted_by_id.sudo().name,  # sudo: a colleague's name
            "deadline": deadline and deadline.strftime("%Y-%m-%d"),
            "late": step.late,
        }

    @api.model
    def _records_section(self, key, title, empty, icon, records, domain, action, describe):
        """A section made of business records: what modules add to the page.

        :param records: empty recordset of the model, with the order of its ``_order``.
        :param domain: which records wait; only those the user may read are shown.
        :param action: external id of the full list.
        :param describe: function of a record that gives ``label``, ``who``, ``by``, ``deadline``
            (a date) or ``type`` where they have something to say.
        """
        blank = {"label": "", "who": "", "by": "", "stand_in": False}
        today = self.env.company._itsms_today()
        items = []
        for record in records.search(domain, limit=self._shown):
            item = {
                **blank,
                "id": record.id,
                "res_model": record._name,
                "res_id": record.id,
                "name": record.display_name,
                # sudo: the name of a model is no secret
                "type": self.env["ir.model"]._get(record._name).sudo().name,
                **describe(record),
            }
            due = item.get("deadline")
            item["late"] = bool(due and due < today)
            item["deadline"] = due and str(due)
            items.append(item)
        return {
            "key": key,
            "title": title,
            "empty": empty,
            "icon": icon,
            "count": records.search_count(domain),
            "action": action,
            "items": items,
        }

    @api.model
    def _section_to_decide(self):
        return self._section(
            "to_decide",
            self.env._("Waiting for my decision"),
            self.env._("Nothing waits for you."),
            [("waiting_for_me", "=", True)],
            "itsms_base.itsms_approval_step_action_to_decide",
            "fa-gavel",
        )

    @api.model
    def _section_submitted(self):
        return self._section(
            "submitted",
            self.env._("Submitted by me, still running"),
            self.env._("You have nothing in approval."),
            [("submitted_by_id", "=", self.env.uid), ("state", "=", "open")],
            "itsms_base.itsms_approval_step_action_submitted",
            "fa-paper-plane-o",
        )

    @api.model
    def _section_late(self):
        domain = [("late", "=", True)]
        if not self.env.user.has_group("itsms_base.group_itsms_office"):
            domain += [
                "|",
                ("waiting_for_me", "=", True),
                ("submitted_by_id", "=", self.env.uid),
            ]
        return self._section(
            "late",
            self.env._("Late"),
            self.env._("Nothing is late."),
            domain,
            "itsms_base.itsms_approval_step_action_late",
            "fa-clock-o",
        )

    @api.model
    def _section_duties(self):
        """Duties of the review calendar that I own and that are due (COM-10)."""
        duties = self.env["itsms.duty"].search([("status", "!=", "ok")])
        mine = duties.filtered(lambda d: self.env.user in d._owners())
        if not mine:
            return None
        return self._records_section(
            "duties",
            self.env._("My duties of the review calendar"),
            "",
            "fa-calendar-check-o",
            mine.browse(),
            [("id", "in", mine.ids)],
            "itsms_base.itsms_duty_action",
            lambda duty: {
                "type": duty.object_name or "",
                "label": duty.department_id.name or "",
                "deadline": duty.next_due,
            },
        )

    @api.model
    def _section_returned(self):
        """Records that came back to me: one to-do each."""
        Activity = self.env["mail.activity"]
        rework = self.env.ref("itsms_base.mail_activity_type_rework")
        domain = [("user_id", "=", self.env.uid), ("activity_type_id", "=", rework.id)]
        activities = Activity.search(domain, limit=self._shown)
        return {
            "key": "returned",
            "title": self.env._("Returned to me"),
            "empty": self.env._("Nothing came back."),
            "icon": "fa-undo",
            "count": Activity.search_count(domain),
            "action": False,
            "items": [
                {
                    "id": activity.id,
                    "res_model": activity.res_model,
                    "res_id": activity.res_id,
                    "name": activity.res_name,
                    # sudo: names of models and colleagues are no secret
                    "type": self.env["ir.model"]._get(activity.res_model).sudo().name,
                    "label": activity.summary,
                    "who": self.env.user.name,
                    "stand_in": False,
                    "by": activity.create_uid.sudo().name,
                    "deadline": str(activity.date_deadline),
                    "late": False,
                }
                for activity in activities
            ],
        }

    @api.model
    def _section_defects(self):
        """For the ITSMS administrator: roles that a route needs and nobody holds (COM-9)."""
        if not self.env.user.has_group("itsms_base.group_itsms_manager"):
            return None
        roles = self.env["itsms.role"].search([("active", "=", True)]).filtered("defect")
        if not roles:
            return None
        return {
            "key": "defects",
            "title": self.env._("Roles without holder"),
            "empty": "",
            "icon": "fa-user-times",
            "count": len(roles),
            "action": "itsms_base.itsms_role_action",
            "items": [
                {
                    "id": role.id,
                    "res_model": role._name,
                    "res_id": role.id,
                    "name": role.name,
                    # sudo: names of models are no secret
                    "type": self.env["ir.model"]._get(role._name).sudo().name,
                    "label": role.defect,
                    "who": "",
                    "stand_in": False,
                    "by": "",
                    "deadline": False,
                    "late": False,
                }
                for role in roles[: self._shown]
            ],
        }
