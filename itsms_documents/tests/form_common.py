from .common import DocumentCase, tagged


class FormCase(DocumentCase):
    """Adds a procedure CX-001 and record forms in every state of their way into force."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.procedure = cls._numbered_document("procedure", 1)

    @classmethod
    def _numbered_document(cls, category, serial, **vals):
        """A document that has its serial, as the seeded procedures have theirs."""
        document = cls.env["itsms.document"].create(
            {
                "name": f"Test {category} {serial}",
                "category_id": cls.env.ref(
                    f"itsms_documents.itsms_document_category_{category}"
                ).id,
                "department_id": cls.dep_dev.id,
                "company_id": cls.company.id,
                **vals,
            }
        )
        document._set_number(serial)
        return document

    def _form(self, user=None, **vals):
        """A draft of a form, designed by ``user`` (default: the author)."""
        vals = {
            "name": "Test form",
            "document_id": self.procedure.id,
            "department_id": self.dep_dev.id,
            "using_department_ids": [(6, 0, self.dep_sales.ids)],
            "company_id": self.company.id,
            "body": "<table><tr><td>Name</td><td></td></tr></table>",
            **vals,
        }
        return self.env["itsms.record.form"].with_user(user or self.author).create(vals)

    def _submitted_form(self, **vals):
        form = self._form(**vals)
        form.action_submit()
        return form

    def _reviewed_form(self, **vals):
        form = self._submitted_form(**vals)
        self._as(form, self.controller).action_approve()
        return form

    def _approved_form(self, **vals):
        form = self._reviewed_form(**vals)
        self._as(form, self.mr).action_approve()
        return form

    def _valid_form(self, **vals):
        """A form in force, as its author sees it."""
        form = self._approved_form(**vals)
        self._as(form, self.controller).action_publish()
        return self._as(form, self.author)


__all__ = ["FormCase", "tagged"]
