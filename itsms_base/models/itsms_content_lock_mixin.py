from odoo import api, models
from odoo.exceptions import UserError

from ..engine import guard

_TECHNICAL = {"id", "create_uid", "create_date", "write_uid", "write_date", "display_name"}


class ItsmsContentLockMixin(models.AbstractModel):
    """Content is editable in some states only (COM-7), for fields, lines and attachments alike.

    The lock asks neither who writes nor which context key a client sends. All stored fields are
    content unless :meth:`_unlocked_fields` names them: a forgotten field is locked, not open.
    """

    _name = "itsms.content.lock.mixin"
    _description = "Content Lock"
    _inherit = ["itsms.lifecycle.mixin"]

    _editable_states = ("draft",)

    # ------------------------------------------------------------ declaration
    def _unlocked_fields(self):
        """Stored fields that stay open in every state: they are about people, not content."""
        names = {
            name
            for name in self._fields
            if name.startswith(("message_", "activity_", "website_message", "rating_"))
        }
        return names | {"active", "access_token"}

    @api.model
    def _content_fields(self):
        """Names of the fields that are content; by default all that people enter."""
        return self._entered_fields()

    @api.model
    def _entered_fields(self):
        """Names of the fields that are content: stored, entered by people, not owned by the
        engine. One2many fields count, their lines carry ``itsms.content.lock.line.mixin``."""
        excluded = _TECHNICAL | self._engine_fields() | self._unlocked_fields()
        return [
            name
            for name, field in self._fields.items()
            if name not in excluded
            and (field.store or field.type == "one2many")
            and not field.related
            and not (field.compute and field.readonly)
        ]

    def _is_locked(self):
        """Whether the content of this one record is locked."""
        self.ensure_one()
        return self.state not in self._editable_states

    # ------------------------------------------------------------ guard
    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        if not guard.is_engine(self.env):
            records._content_changed()
        return records

    def write(self, vals):
        self._check_content_change(set(vals))
        result = super().write(vals)
        if not guard.is_engine(self.env) and set(vals) & set(self._content_fields()):
            self._content_changed()
        return result

    def _content_changed(self):
        """Hook: people entered or changed content of these records or of their lines."""

    def _update_field_translations(self, field_name, translations, *args, **kwargs):
        """Translations are content too; the ORM writes them without calling ``write``."""
        self._check_content_change({field_name})
        return super()._update_field_translations(field_name, translations, *args, **kwargs)

    @api.ondelete(at_uninstall=True)
    def _unlink_except_locked(self):
        self._check_lock()

    def _check_content_change(self, names):
        if names & set(self._content_fields()):
            self._check_lock()

    def _check_lock(self):
        """Refuse where the content of any record is locked (sudo: the state decides, for all)."""
        if guard.is_engine(self.env):
            return
        for record in self.sudo():
            if record._is_locked():
                # who may not read the record learns neither its name nor its state
                self.browse(record.id).check_access("read")
                raise UserError(
                    self.env._(
                        "%(record)s is “%(state)s”: its content, lines and attachments are locked. "
                        "%(way_out)s (COM-7)",
                        record=record.display_name,
                        state=record._state_label(),
                        way_out=record._locked_way_out(),
                    )
                )

    def _locked_way_out(self):
        """What to do instead, in words."""
        return self.env._("Open a new revision to change it.")

    # ------------------------------------------------------------ attachments
    def _process_attachments_for_post(self, attachments, attachment_ids, message_values):
        """Files of a discussion message are discussion, not content, and stay possible.

        They are never part of what was submitted: the manifest of the submission lists the files
        that are.
        """
        marked = guard.as_engine(self) if attachments or attachment_ids else self
        return super(ItsmsContentLockMixin, marked)._process_attachments_for_post(
            attachments, attachment_ids, message_values
        )


class ItsmsContentLockLineMixin(models.AbstractModel):
    """A line of a record with locked content follows the lock of its parent."""

    _name = "itsms.content.lock.line.mixin"
    _description = "Line With Locked Parent"
    _inherit = ["itsms.derived.mixin"]

    _lock_parent = None  # name of the many2one to the record that carries the lock

    @api.model_create_multi
    def create(self, vals_list):
        default = self.env.context.get(f"default_{self._lock_parent}")
        self._check_new_parents([vals.get(self._lock_parent, default) for vals in vals_list])
        lines = super().create(vals_list)
        lines._check_parent_lock()
        lines._parents()._content_changed()
        return lines

    def write(self, vals):
        self._check_parent_lock()
        if self._lock_parent in vals:
            self._check_new_parents([vals[self._lock_parent]])
        result = super().write(vals)
        self._parents()._content_changed()
        return result

    def _update_field_translations(self, *args, **kwargs):
        self._check_parent_lock()
        return super()._update_field_translations(*args, **kwargs)

    @api.ondelete(at_uninstall=True)
    def _unlink_except_parent_locked(self):
        self._check_parent_lock()
        self._parents()._content_changed()

    def _parents(self):
        """The records that carry the lock (sudo: found whoever may write the lines)."""
        return self.sudo()[self._lock_parent].with_env(self.env)

    def _check_parent_lock(self):
        self._parents()._check_lock()

    def _check_new_parents(self, ids):
        """Refuse before anything is written: a caller may swallow the refusal and commit."""
        comodel = self.env[self._fields[self._lock_parent].comodel_name]
        # sudo: the parent's state decides, for all
        comodel.sudo().browse({int(i) for i in ids if i}).exists()._check_lock()
