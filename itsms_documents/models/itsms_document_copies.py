from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import AccessError, ConcurrencyError, UserError
from odoo.fields import Domain

from odoo.addons.itsms_base.engine import guard

from .itsms_document_copy import LIVE, OUTSTANDING


class ItsmsDocumentCopyRecall(models.Model):
    """Who is told about a recall: the administrator of the department, once per document."""

    _inherit = "itsms.document.copy"

    def _collectors(self):
        """Per copy the users who are to bring it back: the department's document administrators,
        without any the document controllers."""
        administrators = self._administrators()
        controllers = self.env["itsms.role"]._by_code("document_controller")
        result = {}
        for company, copies in self.grouped("company_id").items():
            office = controllers._holders(company)
            result.update({copy: administrators[copy] or office for copy in copies})
        return result

    def _collect_activities(self, documents):
        """Running to-dos “collect” on ``documents``."""
        kind = self.env.ref("itsms_documents.mail_activity_type_collect")
        # sudo: to-dos of other people too
        return (
            self.env["mail.activity"]
            .sudo()
            .search(
                [
                    ("res_model", "=", "itsms.document"),
                    ("res_id", "in", documents.ids),
                    ("activity_type_id", "=", kind.id),
                ]
            )
        )

    def _ask_to_collect(self):
        """One to-do per document and administrator, however many copies (DOC-4.7.1)."""
        pending = self.filtered(lambda c: not c.collected_at)
        collectors = pending._collectors()
        wanted = dict.fromkeys(
            (copy.document_id, user) for copy in pending for user in collectors[copy]
        )
        documents = pending.document_id
        existing = {(a.res_id, a.user_id.id) for a in self._collect_activities(documents)}
        # sudo: only who may open a confidential document is told about it
        closed = documents.sudo().filtered(lambda d: d.secrecy in ("secret", "top_secret"))
        revisions = closed.current_revision_id
        hidden = {
            (revision.document_id.id, user)
            for user in {user for document, user in wanted if document in closed}
            for revision in revisions - revisions._approval_open_to(user)
        }
        vals_list = [
            {
                "res_id": document.id,
                "user_id": user.id,
                "summary": self.env._("Collect recalled copies"),
            }
            for document, user in wanted
            if (document.id, user) not in hidden and (document.id, user.id) not in existing
        ]
        if not vals_list:
            return
        kind = self.env.ref("itsms_documents.mail_activity_type_collect")
        common = {
            "activity_type_id": kind.id,
            "res_model_id": self.env["ir.model"]._get_id("itsms.document"),
            "date_deadline": self[:1].company_id._itsms_today(),
        }
        # sudo: the system's word to people, whatever rights the caller has
        Activity = self.env["mail.activity"].sudo().with_context(mail_activity_quick_update=True)
        Activity.create([{**common, **vals} for vals in vals_list])

    def _finish_collecting(self):
        """Remove the to-dos of those who have nothing left to collect."""
        documents = self.document_id
        activities = self._collect_activities(documents)
        if not activities:
            return
        # sudo: what is still out, whoever asks
        still = self.sudo().search(
            [
                ("document_id", "in", documents.ids),
                ("collected_at", "=", False),
                *self._recalled_domain(),
            ]
        )
        collectors = still._collectors()
        needed = {(copy.document_id.id, user) for copy in still for user in collectors[copy]}
        activities.filtered(lambda a: (a.res_id, a.user_id) not in needed).unlink()

    @api.model
    def _recalled_domain(self):
        """Copies that were recalled and are still out."""
        return [("recalled_at", "!=", False), ("state", "in", OUTSTANDING)]


class ItsmsDocumentRevision(models.Model):
    """Publication prepares the copies of the new revision and recalls those of the old one."""

    _inherit = "itsms.document.revision"

    copy_ids = fields.One2many("itsms.document.copy", "revision_id", string="Paper copies")

    def _after_transition(self, transition):
        super()._after_transition(transition)
        if transition.name in ("supersede", "obsolete"):
            reason = "superseded" if transition.name == "supersede" else "obsolete"
            self._recall_copies(reason)
        elif transition.name == "publish":
            self.document_id._prepare_copies()

    def _recall_copies(self, reason):
        """Every outstanding copy goes back, what was only prepared is dropped (DOC-4.7.1)."""
        # sudo: all copies, whatever the publisher may open
        copies = self.env["itsms.document.copy"].sudo()
        copies = copies.search([("revision_id", "in", self.ids), ("state", "in", LIVE)])
        copies = copies.with_env(self.env)
        prepared = copies.filtered(lambda c: c.state == "draft")
        if prepared:
            prepared._run_transition(
                prepared._transition("drop"), self.env._("The revision left force"), locked=True
            )
        outstanding = copies - prepared
        if outstanding:
            outstanding._recall(reason)


class ItsmsDocumentDistribution(models.Model):
    """A changed scope takes effect on the copies at once."""

    _inherit = "itsms.document.distribution"

    def _enter_force(self):
        super()._enter_force()
        # sudo: the approved scope decides, whoever approved it
        documents = self.sudo().document_id.filtered(lambda d: d.state == "in_force")
        if documents:
            documents.with_env(self.env)._follow_scope()


class ItsmsDocument(models.Model):
    """Paper copies of a document: prepare, count, list."""

    _inherit = "itsms.document"

    copy_ids = fields.One2many("itsms.document.copy", "document_id", string="Paper copies")
    copy_count = fields.Integer(compute="_compute_copy_count", string="Copies outstanding")
    copy_recall_count = fields.Integer(compute="_compute_copy_count", string="Copies to return")
    copy_text = fields.Char(compute="_compute_copy_count")

    @api.depends("copy_ids.state", "copy_ids.recalled_at")
    @api.depends_context("lang")
    def _compute_copy_count(self):
        Copy = self.env["itsms.document.copy"]
        domain = Domain("document_id", "in", self.ids)
        outstanding = dict(
            Copy._read_group(
                domain & Domain("state", "in", OUTSTANDING), ["document_id"], ["__count"]
            )
        )
        recalled = dict(
            Copy._read_group(domain & Domain(Copy._recalled_domain()), ["document_id"], ["__count"])
        )
        for document in self:
            document.copy_count = outstanding.get(document, 0)
            document.copy_recall_count = recalled.get(document, 0)
            document.copy_text = str(document.copy_count)
            if document.copy_recall_count:
                document.copy_text = self.env._(
                    "%(count)s (%(recalled)s to return)",
                    count=document.copy_count,
                    recalled=document.copy_recall_count,
                )

    # ------------------------------------------------------------ scope
    def _paper_scope(self):
        """Receiver (department or partner) per distribution number of the scope in force.

        :return: dict, or None where no scope is approved.
        """
        self.ensure_one()
        scope = self.distribution_id
        if not scope or scope.state != "approved":
            return None
        return {
            number: line.department_id or line.partner_id
            for line in scope.line_ids
            if line.paper_copies
            for number in range(line.number_from, line.number_to + 1)
        }

    def _follow_scope(self):
        """Copies outside the scope in force go back or are dropped, missing ones are prepared
        (DOC-3.5, DOC-4.4.1.1)."""
        # sudo: every copy, whoever approved the scope
        Copy = self.env["itsms.document.copy"].sudo()
        copies = Copy.search([("document_id", "in", self.ids), ("state", "in", LIVE)])
        scopes = {document.id: document.sudo()._paper_scope() or {} for document in self}
        outside = copies.filtered(
            lambda c: scopes[c.document_id.id].get(c.number) != (c.department_id or c.partner_id)
        ).with_env(self.env)
        prepared = outside.filtered(lambda c: c.state == "draft")
        reason = self.env._("No longer in the distribution scope")
        if prepared:
            prepared._run_transition(prepared._transition("drop"), reason, locked=True)
        out = (outside - prepared).filtered(lambda c: not c.recalled_at)
        if out:
            out._recall("other", reason)
        self._prepare_copies()

    # ------------------------------------------------------------ prepare
    def action_prepare_copies(self):
        """Prepare a copy for every number of the approved scope that is not in circulation."""
        for document in self:
            if not document.can_control:
                raise AccessError(
                    self.env._(
                        "Only the document controller or the ITSMS office issues copies of "
                        "%(document)s (DOC-4.4.1.1).",
                        document=document.display_name,
                    )
                )
            if document.current_revision_id.state != "valid":
                raise UserError(
                    self.env._(
                        "%(document)s is not in force: only the valid revision is issued "
                        "(DOC-4.4.1.1).",
                        document=document.display_name,
                    )
                )
            # sudo: the scope in force decides, whoever may read it
            if document.sudo()._paper_scope() is None:
                raise UserError(
                    self.env._(
                        "%(document)s has no approved distribution scope: before the management "
                        "representative approved it no copy is issued (DOC-3.5, DOC-4.4.1.1).",
                        document=document.display_name,
                    )
                )
        self._prepare_copies()
        return self.action_view_copies()

    def _prepare_copies(self):
        """Drafts for all numbers of the scopes in force (DOC-4.4.1.1, DOC-4.5.3)."""
        wanted = []
        for document in self.sudo():  # sudo: the scope decides, whoever publishes
            scope = document._paper_scope() or {}
            wanted += [(document, number, receiver) for number, receiver in scope.items()]
        return self._prepare_numbers(wanted)

    def _prepare_numbers(self, wanted):
        """Create drafts, without numbers in circulation, in three queries.

        :param wanted: list of (document, number, department or partner).
        """
        documents = self.env["itsms.document"].browse({document.id for document, _n, _r in wanted})
        # sudo: copies are prepared by the system, from the approved scope only
        Copy = self.env["itsms.document.copy"].sudo()
        if not documents:
            return Copy.sudo(False)
        documents._lock_rows()
        Copy.flush_model(["state"])  # the index of live numbers must see what just ended
        taken, replaced = set(), {}
        revisions = documents.sudo().current_revision_id
        for copy in Copy.search([("revision_id", "in", revisions.ids)], order="id"):
            key = (copy.document_id.id, copy.number)
            if copy.state in LIVE:
                taken.add(key)
            elif copy.state in ("lost", "replaced"):
                replaced[key] = copy
        vals_list = []
        for document, number, receiver in wanted:
            key = (document.id, number)
            if key in taken:
                continue
            taken.add(key)
            vals = self._copy_vals(document.sudo(), number, receiver)  # sudo: as above
            if key in replaced:
                vals.update(reissued=True, replaced_copy_id=replaced[key].id)
            vals_list.append(vals)
        try:
            copies = guard.as_engine(Copy).create(vals_list)
        except UniqueViolation as exc:
            # tried again by the framework, which then sees what the other one prepared
            raise ConcurrencyError("another transaction prepared the same copies") from exc
        return guard.without_engine(copies).with_env(self.env)

    @api.model
    def _copy_vals(self, document, number, receiver):
        return {
            "document_id": document.id,
            "revision_id": document.current_revision_id.id,
            "number": number,
            "department_id": receiver.id if receiver._name == "hr.department" else False,
            "partner_id": receiver.id if receiver._name == "res.partner" else False,
            "issuing_department_id": document.company_id.itsms_office_department_id.id,
        }

    # ------------------------------------------------------------ screens
    def action_view_copies(self):
        """The distribution (recall) record of these documents, as a list."""
        action = self.env["ir.actions.actions"]._for_xml_id(
            "itsms_documents.itsms_document_copy_action"
        )
        return {
            **action,
            "domain": [("document_id", "in", self.ids)],
            "context": {"create": False, "search_default_live": 1},
        }

    def _evidence_domain(self):
        # sudo: which copies there are; the lines themselves are filtered by the reader's rights
        copies = self.env["itsms.document.copy"].sudo()._search([("document_id", "in", self.ids)])
        lines = Domain("res_model", "=", "itsms.document.copy") & Domain("res_id", "in", copies)
        return list(Domain(super()._evidence_domain()) | lines)
