from odoo import Command

from .common import DocumentCase, tagged


class RecordCase(DocumentCase):
    """Adds records in every state; the record is kept by Development, whose document
    administrator is ``self.keeper`` (working elsewhere)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.keeper = cls._person("keeper", cls.dep_sales)
        cls._assign("department_document_administrator", cls.keeper, cls.dep_dev)

    def _record(self, user=None, content=b"what was done", **vals):
        """A draft record with one file, filled in by ``user`` (default: the author)."""
        user = user or self.author
        file = self._upload("itsms.record", content, user) if content else None
        return (
            self.env["itsms.record"]
            .with_user(user)
            .create(
                {
                    "name": "Incident report",
                    "department_id": self.dep_dev.id,
                    "company_id": self.company.id,
                    "body": "<p>The server was down</p>",
                    **({"attachment_ids": [Command.link(file.id)]} if file else {}),
                    **vals,
                }
            )
        )

    def _upload(self, model, content=b"file", user=None, name="report.txt"):
        """A file as the upload button leaves it, before the form is saved."""
        return (
            self.env["ir.attachment"]
            .with_user(user or self.author)
            .create({"name": name, "raw": content, "res_model": model, "res_id": 0})
        )

    def _filed(self, **vals):
        """A filed record."""
        record = self._record(**vals)
        record.action_file()
        return record


__all__ = ["RecordCase", "tagged"]
