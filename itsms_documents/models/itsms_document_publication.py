from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class ItsmsDocumentRevision(models.Model):
    """Publication goes to the people of the approved scope, in the form of a notice (DOC-3.5,
    DOC-4.3.1a); what it replaces is closed at the same moment (DOC-4.5.3b, I-17)."""

    _inherit = "itsms.document.revision"

    ask_again = fields.Boolean(
        string="Readers confirm this revision",
        default=True,
        copy=False,
        help="Untick for a minor change: whoever confirmed the former revision counts as informed "
        "and gets the notice only; who had not confirmed it is asked for this one. Part of what "
        "is approved.",
    )
    acknowledgement_ids = fields.One2many(
        "itsms.document.acknowledgement", "revision_id", string="Read acknowledgements"
    )
    asked_count = fields.Integer(string="Asked", compute="_compute_coverage")
    read_count = fields.Integer(string="Read", compute="_compute_coverage")
    coverage = fields.Char(string="Readers", compute="_compute_coverage")

    # Rows of a replaced revision stay in its coverage; people who left do not.
    _counted_domain = Domain("kind", "=", "read") & (
        Domain("state", "!=", "obsolete")
        | Domain("closed_reason", "in", ("superseded", "withdrawn"))
    )

    @api.depends("state")
    def _compute_coverage(self):
        """“34 of 40 read”; a bare count, the names are behind the button."""
        # sudo: the count is shown to everybody who may open the revision
        groups = (
            self.env["itsms.document.acknowledgement"]
            .sudo()
            ._read_group(
                Domain("revision_id", "in", self.ids) & self._counted_domain,
                ["revision_id", "state"],
                ["__count"],
            )
        )
        counts = {}
        for revision, state, count in groups:
            asked, read = counts.get(revision.id, (0, 0))
            counts[revision.id] = (asked + count, read + (count if state == "done" else 0))
        for revision in self:
            asked, read = counts.get(revision.id, (0, 0))
            revision.asked_count, revision.read_count = asked, read
            revision.coverage = self.env._("%(read)s of %(asked)s read", read=read, asked=asked)

    # ------------------------------------------------------------ publication
    def _check_transition(self, transition, comment):
        super()._check_transition(transition, comment)
        if transition.name == "publish":
            self._check_scope()

    def _check_scope(self):
        """Nothing is published without an approved scope (DOC-3.5, DOC-4.2)."""
        for revision in self:
            needed = self.env["itsms.parameter"]._get("document.publish.scope", revision.company_id)
            # sudo: whether there is a scope in force is no secret to the publisher
            if needed and not revision.sudo().document_id.distribution_id:
                raise UserError(
                    self.env._(
                        "%(name)s has no approved distribution scope. Propose one with “Propose "
                        "a scope” on the document; the management representative approves it "
                        "before anything is published (DOC-3.5, DOC-4.2).",
                        name=revision.display_name,
                    )
                )

    def _after_transition(self, transition):
        super()._after_transition(transition)
        if transition.name in ("supersede", "obsolete"):
            reason = "superseded" if transition.name == "supersede" else "withdrawn"
            # sudo: nobody is asked for a replaced revision any longer, whoever publishes
            rows = self.env["itsms.document.acknowledgement"].sudo()
            rows.search([("revision_id", "in", self.ids), ("state", "=", "open")])._close(reason)
        elif transition.name == "publish":
            asked = self.env["itsms.document.acknowledgement"]._ask(self.document_id)
            self._note_publication(asked)

    def _note_publication(self, asked):
        """A line in the discussion of the document: what was published, for how many."""
        counts = {}
        for row in asked.sudo():  # sudo: a bare count
            if row.kind == "read":
                counts[row.revision_id.id] = counts.get(row.revision_id.id, 0) + 1
        bodies = {
            revision.document_id.id: self.env._(
                "%(status)s published; readers asked: %(count)s",
                status=revision.status,
                count=counts.get(revision.id, 0),
            )
            for revision in self
        }
        # sudo: the document controller publishes documents of every department
        self.document_id.sudo()._message_log_batch(bodies=bodies)

    # ------------------------------------------------------------ screens, evidence
    def action_view_acknowledgements(self):
        """Who has read this revision, and who has not."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "itsms_documents.itsms_document_acknowledgement_action_coverage"
        )
        action["domain"] = [("revision_id", "in", self.ids)]
        action["context"] = {"search_default_by_state": 1}
        action["display_name"] = self.display_name
        action["view_mode"] = "list,pivot,graph,form"
        action.pop("views", None)
        return action

    def _evidence_domain(self):
        own = Domain(super()._evidence_domain())
        return list(own | Domain("acknowledged_revision_id", "in", self.ids))

    def _compute_log_count(self):
        """Evidence of a revision includes the confirmations of its readers."""
        super()._compute_log_count()
        confirmed = self._confirmed_counts()
        for revision in self:
            revision.log_count += confirmed.get(revision.id, 0)

    def _confirmed_counts(self):
        """Confirmations with a line of evidence, per revision id."""
        domain = [
            ("revision_id", "in", self.ids),
            ("state", "=", "done"),
            ("carried_from_id", "=", False),
        ]
        # sudo: a bare count
        rows = self.env["itsms.document.acknowledgement"].sudo()
        groups = rows._read_group(domain, ["revision_id"], ["__count"])
        return {revision.id: count for revision, count in groups}


class ItsmsDocument(models.Model):
    """Readers confirm on the document; the scope in force says who they are."""

    _inherit = "itsms.document"

    reading_asked = fields.Boolean(
        compute="_compute_asked",
        search="_search_reading_asked",
        help="I am asked to read the revision in force.",
    )
    keeping_asked = fields.Boolean(compute="_compute_asked")
    read_on = fields.Datetime(string="Read by me on", compute="_compute_asked")
    asked_count = fields.Integer(related="current_revision_id.asked_count", related_sudo=False)
    coverage = fields.Char(related="current_revision_id.coverage", related_sudo=False)

    @api.depends("current_revision_id")
    @api.depends_context("uid")
    def _compute_asked(self):
        # sudo: the person's own rows, of documents that he has before him
        rows = (
            self.env["itsms.document.acknowledgement"]
            .sudo()
            .search(
                [
                    ("user_id", "=", self.env.uid),
                    ("revision_id", "in", self.current_revision_id.ids),
                    ("state", "in", ("open", "done")),
                ]
            )
        )
        by_revision = rows.grouped("revision_id")
        for document in self:
            mine = by_revision.get(document.sudo().current_revision_id, rows.browse())
            tasks = set(mine.filtered(lambda r: r.state == "open").mapped("kind"))
            document.reading_asked = "read" in tasks
            document.keeping_asked = "administrate" in tasks
            read = mine.filtered(lambda r: r.kind == "read" and r.state == "done")
            document.read_on = read[:1].acknowledged_at

    def _search_reading_asked(self, operator, value):
        if operator != "in":
            return NotImplemented
        # sudo: the person's own rows
        rows = (
            self.env["itsms.document.acknowledgement"]
            .sudo()
            ._search(
                [("user_id", "=", self.env.uid), ("state", "=", "open"), ("kind", "=", "read")]
            )
        )
        asked = Domain("current_revision_id.acknowledgement_ids", "any!", [("id", "in", rows)])
        return asked if True in value else ~asked

    def _open_for(self, user):
        """Those of these documents that ``user`` may open."""
        # sudo: the companies of a colleague
        companies = list(user.sudo()._get_company_ids())
        mine = self.with_user(user).with_context(allowed_company_ids=companies)
        return mine._filtered_access("read").with_env(self.env)

    def _my_rows(self, kind):
        """My open tasks of one kind for the revisions in force of these documents."""
        self.check_access("read")
        return self.env["itsms.document.acknowledgement"].search(
            [
                ("user_id", "=", self.env.uid),
                ("document_id", "in", self.ids),
                ("revision_id.state", "=", "valid"),
                ("kind", "=", kind),
                ("state", "=", "open"),
            ]
        )

    def action_acknowledge_reading(self):
        """“I have read it”: confirm the revisions in force of these documents for myself."""
        rows = self._my_rows("read")
        missing = self - rows.document_id
        confirmed = missing.filtered("read_on")
        if missing - confirmed:
            raise UserError(
                self.env._(
                    "You are not asked to read %(document)s. If you should be, tell the ITSMS "
                    "office: the distribution scope names the readers (DOC-3.5).",
                    document=(missing - confirmed)[0].display_name,
                )
            )
        return rows.action_acknowledge()

    def action_acknowledge_keeping(self):
        """“Department notified, document kept”: my tasks as document administrator."""
        rows = self._my_rows("administrate")
        if not rows:
            raise UserError(
                self.env._(
                    "You have no open task as document administrator for %(document)s "
                    "(DOC-4.3.1b).",
                    document=self[:1].display_name,
                )
            )
        return rows.action_acknowledge()

    def action_view_acknowledgements(self):
        self.ensure_one()
        return self.current_revision_id.action_view_acknowledgements()

    def _evidence_domain(self):
        own = Domain(super()._evidence_domain())
        revisions = self.with_context(active_test=False).revision_ids
        return list(own | Domain("acknowledged_revision_id", "in", revisions.ids))
