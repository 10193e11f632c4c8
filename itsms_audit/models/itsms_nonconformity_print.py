from odoo import models

from odoo.addons.itsms_base.models.itsms_approval_content import record_content


class ItsmsNonconformity(models.Model):
    """The printed nonconformity report (内审不合格报告)."""

    _inherit = "itsms.nonconformity"

    def _signature_rows(self):
        """Everybody who signed the report, in order: issued, confirmed, reviewed and approved,
        checked, closed (AUD-4.4.1c, AUD-4.4.2a)."""

        def row(label, user, date):
            return {"label": label, "name": user.name or "", "date": date}

        record = self.sudo()  # sudo: names of colleagues who signed
        rows = [
            row(self.env._("Issued by"), record.raised_by_id, record.registered_on),
            row(self.env._("Responsible department"), record.confirmed_by_id, record.confirmed_at),
            *self._plan_signatures(),
        ]
        for line in record.round_ids.filtered("checked_on"):
            label = self.env._("Follow-up check (round %(number)s)", number=line.number)
            rows.append(row(label, line.checked_by_id, line.checked_on))
            if line.judged_on:
                label = self.env._("Effectiveness check (round %(number)s)", number=line.number)
                rows.append(row(label, line.judged_by_id, line.judged_on))
        if record.closed_on:
            rows.append(row(self.env._("Closed by"), record.closed_by_id, record.closed_on))
        return rows

    def _plan_signatures(self):
        """Signatures of the plan; it was prepared by who submitted it, not by the finder."""
        rows = self._approval_signatures()
        for row in rows[:1]:
            row["name"] = self.sudo().submitted_by_id.name  # sudo: a colleague who signed
        return rows

    def _print_actions(self):
        """Measures for the print, corrections first (sudo: the report shows all of them)."""
        actions = self._own_actions().filtered(lambda a: a.state != "cancelled")
        return actions.sorted(lambda a: (a.cycle, a.kind != "correction", a.due_on, a.id))

    def _record_payload(self):
        """What is filed holds the measures and the rounds too (AUD-4.4.1c, AUD-4.4.3c)."""
        payload = super()._record_payload()
        skip = ("message_", "activity_", "website_message", "rating_")
        for records, key, link in (
            (self._own_actions(), "measures", "origin_id"),
            (self.sudo().round_ids, "rounds", "nonconformity_id"),  # sudo: all of it is filed
        ):
            names = [
                name
                for name, field in records._fields.items()
                if field.store
                and field.type not in ("binary", "one2many")
                and not name.startswith(skip)
            ]
            content = record_content(records, names)
            for line in records:
                data = content[line.id]
                owner = data[link]
                payload[owner].setdefault(key, []).append(data)
        return payload
