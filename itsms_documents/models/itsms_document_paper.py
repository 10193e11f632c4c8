from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from odoo.addons.itsms_base.engine import guard


class ItsmsDocument(models.Model):
    """Electronic first, paper second: the ITSMS office keeps one paper edition (DOC-4.3.1).

    The electronic edition is the document itself, nothing is released without it; on paper the
    office keeps the revision in force and replaces it when the document changes (DOC-4.3.2).
    """

    _inherit = "itsms.document"

    paper_revision_id = fields.Many2one(
        "itsms.document.revision",
        string="Paper edition in the ITSMS office",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="The revision that the ITSMS office keeps on paper (DOC-4.3.1).",
    )
    paper_filed_at = fields.Datetime(string="Filed on paper at", readonly=True, copy=False)
    paper_filed_by_id = fields.Many2one(
        "res.users", string="Filed by", readonly=True, copy=False, ondelete="restrict"
    )
    paper_due = fields.Boolean(
        string="Paper edition to be replaced",
        compute="_compute_paper_due",
        search="_search_paper_due",
        help="The ITSMS office does not yet keep the revision in force on paper (DOC-4.3.2).",
    )

    def _engine_fields(self):
        return super()._engine_fields() | {
            "paper_revision_id",
            "paper_filed_at",
            "paper_filed_by_id",
        }

    @api.depends("state", "current_revision_id", "paper_revision_id")
    def _compute_paper_due(self):
        for document in self:
            document.paper_due = (
                document.state == "in_force"
                and document.paper_revision_id != document.current_revision_id
            )

    def _search_paper_due(self, operator, value):
        if operator != "in":
            return NotImplemented
        stale = Domain("paper_revision_id", "=", False) | Domain(
            "paper_revision_id.state", "!=", "valid"
        )
        domain = Domain("state", "=", "in_force") & stale
        return domain if True in value else ~domain

    def action_file_paper(self):
        """The ITSMS office has put the revision in force on paper into its files (DOC-4.3.1)."""
        self.check_access("read")
        for document in self:
            if not document.can_control:
                raise AccessError(
                    self.env._("The ITSMS office keeps the paper edition (DOC-4.3.1).")
                )
            if not document.paper_due:
                raise UserError(
                    self.env._(
                        "%(name)s needs no new paper edition: it is not in force, or the office "
                        "keeps the revision in force already (DOC-4.3.1).",
                        name=document.display_name,
                    )
                )
        now = fields.Datetime.now()
        for document in self.sudo():  # sudo: engine fields; the right was checked above
            guard.as_engine(document).write(
                {
                    "paper_revision_id": document.current_revision_id.id,
                    "paper_filed_at": now,
                    "paper_filed_by_id": self.env.uid,
                }
            )
        self._log(
            "archive",
            comment=lambda d: self.env._(
                "Paper edition %(status)s filed in the ITSMS office", status=d.revision_status
            ),
        )
        return True
