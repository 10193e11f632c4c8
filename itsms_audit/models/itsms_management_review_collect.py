from dateutil.relativedelta import relativedelta

from odoo import models
from odoo.fields import Domain

KEPT = 2000  # so many records stand behind a figure at most


class ItsmsManagementReview(models.Model):
    """What the running system tells the review (REV-4.4.1, REV-4.5.4).

    Every module extends :meth:`_collect_inputs`; a section whose module is not installed says so.
    """

    _inherit = "itsms.management.review"

    def _collect_inputs(self):
        """Hook: figures per section (``input.a`` … ``agenda.l``), as lists of :meth:`_figure`.

        Runs as the system, for the company of one review, from ``_interval_back()`` on. The
        agenda items repeat the figures of the inputs that feed them (``itsms.review.topic``).
        """
        self.ensure_one()
        sections = {
            "input.a": self._collect_objectives(),
            "input.b": self._collect_system(),
            "input.c": self._collect_audits(),
            "input.d": self._collect_external_audits(),
            "input.e": self._collect_actions(),
            "input.f": self._collect_previous(),
            "input.g": self._collect_environment(),
            "input.h": self._collect_module("itsms.complaint", self.env._("Complaints")),
            "input.i": self._collect_resources(),
            "input.j": self._collect_meetings(),
            "input.k": self._collect_module(
                "itsms.service.report", self.env._("Service level management")
            ),
            "input.l": self._collect_measures(),
            "agenda.e": self._collect_module(
                "itsms.incident", self.env._("Incidents and service requests")
            ),
            "agenda.f": self._collect_legal(),
            "agenda.i": self._collect_module(
                "itsms.satisfaction", self.env._("Customer satisfaction")
            ),
            "agenda.j": self._collect_improvements(),
            "agenda.l": self._collect_opinions(),
            "agenda.previous": self._collect_previous(),
        }
        # sudo is on already: the system collects
        for topic in self.agenda_ids.topic_id:
            key = f"agenda.{topic.code}"
            for source in topic.input_ids:
                sections.setdefault(key, [])
                sections[key] = sections[key] + sections.get(f"input.{source.code}", [])
        return sections

    # ------------------------------------------------------------ helpers
    def _figure(self, label, value=None, records=None):
        """One figure; ``records`` are what it counts, its number is the value by default."""
        if records is None:
            return {"label": label, "value": value and str(value)}
        return {
            "label": label,
            "value": str(len(records) if value is None else value),
            "res_model": records._name,
            "res_ids": records.ids[:KEPT],
        }

    def _not_installed(self, label):
        """A section whose module is not there says so; nothing is made up."""
        return {
            "label": self.env._(
                "%(what)s: the module is not installed; explain it below", what=label
            ),
            "value": False,
            "missing": True,
        }

    def _collect_module(self, model_name, label):
        """What a module tells that knows this hook by itself, or that it is not there."""
        if model_name not in self.env:
            return [self._not_installed(label)]
        return []

    def _found(self, model_name, *terms, **kwargs):
        """Records of the company; empty where the model is not there."""
        domain = Domain.AND([Domain("company_id", "=", self.company_id.id), *map(Domain, terms)])
        return self.env[model_name].search(domain, **kwargs)

    def _since(self, field):
        return Domain(field, ">=", self._interval_back())

    # ------------------------------------------------------------ sections
    def _collect_objectives(self):
        """REV-4.4.1a: policy and objectives."""
        if "itsms.objective" not in self.env:
            return [self._not_installed(self.env._("Objectives"))]
        Objective = self.env["itsms.objective"]
        objectives = self._found("itsms.objective")
        figures = [self._figure(self.env._("Objectives"), records=objectives)]
        if "state" in Objective._fields:
            labels = dict(Objective._fields["state"]._description_selection(self.env))
            for state, records in objectives.grouped("state").items():
                figures.append(
                    self._figure(
                        self.env._("Objectives: %(state)s", state=labels.get(state)),
                        records=records,
                    )
                )
        return figures

    def _collect_system(self):
        """REV-4.4.1b: how the management system runs."""
        in_force = [("state", "=", "in_force")]
        documents = self._found("itsms.document", in_force)
        overdue = self._found("itsms.duty", [("status", "in", ("amber", "red"))])
        steps = self._found("itsms.approval.step", [("late", "=", True)])
        return [
            self._figure(self.env._("Documents in force"), records=documents),
            self._figure(
                self.env._("Documents whose review is overdue"),
                records=self._found("itsms.document", in_force, [("review_overdue", "=", True)]),
            ),
            self._figure(
                self.env._("Records filed in the period"),
                self.env["itsms.record"].search_count(
                    Domain("company_id", "=", self.company_id.id) & self._since("record_date")
                ),
            ),
            self._figure(self.env._("Duties overdue"), records=overdue),
            self._figure(self.env._("Approvals overdue"), records=steps),
        ]

    def _collect_audits(self):
        """REV-4.4.1c, AUD-4.6: results of the internal audits."""
        if "itsms.audit" not in self.env:
            return [self._not_installed(self.env._("Internal audits"))]
        audits = self._found(
            "itsms.audit", self._since("date_start"), [("state", "!=", "cancelled")]
        )
        closed = audits.filtered(lambda a: a.state in ("reported", "closed"))
        return [
            self._figure(self.env._("Internal audits"), records=audits),
            self._figure(self.env._("Internal audits with report"), records=closed),
            *self._collect_findings([("source_kind", "=", "internal_audit")]),
        ]

    def _collect_findings(self, domain):
        """Nonconformities by grade."""
        if "itsms.nonconformity" not in self.env:
            return [self._not_installed(self.env._("Nonconformities"))]
        Finding = self.env["itsms.nonconformity"]
        upheld = Domain("state", "not in", ("draft", "void")) & Domain(domain)
        findings = self._found("itsms.nonconformity", self._since("registered_on"), upheld)
        # whatever is still open, however old
        open_ones = self._found("itsms.nonconformity", [("state", "!=", "closed")], upheld)
        labels = dict(Finding._fields["grade"]._description_selection(self.env))
        return [
            *(
                self._figure(
                    self.env._("Nonconformities: %(grade)s", grade=labels.get(grade) or "–"),
                    records=records,
                )
                for grade, records in findings.grouped("grade").items()
            ),
            self._figure(self.env._("Nonconformities still open"), records=open_ones),
        ]

    def _collect_external_audits(self):
        """REV-4.4.1d: audits by second and third parties [I-37]."""
        return self._collect_findings([("source_kind", "=", "external_audit")])

    def _collect_actions(self):
        """REV-4.4.1e: how corrective and preventive actions were carried out."""
        actions = self._found("itsms.action", self._since("raised_on"))
        kinds = dict(actions._fields["kind"]._description_selection(self.env))
        states = dict(actions._fields["state"]._description_selection(self.env))
        figures = []
        for (kind, state), records in actions.grouped(lambda a: (a.kind, a.state)).items():
            figures.append(self._figure(f"{kinds[kind]}: {states[state]}", records=records))
        running = self._found("itsms.action", [("state", "=", "open")])
        figures.append(
            self._figure(
                self.env._("Actions overdue"),
                records=running.filtered("overdue"),
            )
        )
        return figures

    def _collect_previous(self):
        """REV-4.4.1f: what became of the decisions of the last review."""
        last = self._last_held()
        if not last:
            return [self._figure(self.env._("There was no review before this one"))]
        figures = [
            self._figure(
                self.env._("Decisions of %(review)s", review=last.display_name),
                records=last.decision_ids,
            )
        ]
        states = dict(self.env["itsms.action"]._fields["state"]._description_selection(self.env))
        for decision in last.decision_ids:
            action = decision.action_id
            figures.append(
                self._figure(
                    decision.name,
                    states.get(action.state) or self.env._("no action yet"),
                    records=action,
                )
            )
        return figures

    def _collect_environment(self):
        """REV-4.4.1g: internal and external environment [I-38]."""
        if "itsms.risk" not in self.env:
            return [self._not_installed(self.env._("Risks"))]
        risks = self._found("itsms.risk")
        return [self._figure(self.env._("Risks and opportunities"), records=risks)]

    def _collect_resources(self):
        """REV-4.4.1i: other factors, such as resources and the effect of training."""
        if "itsms.training.session" not in self.env:
            return [self._not_installed(self.env._("Training"))]
        sessions = self._found(
            "itsms.training.session", self._since("day"), [("state", "=", "closed")]
        )
        effective = sessions.filtered(lambda s: s.effectiveness == "effective")
        return [
            self._figure(self.env._("Trainings held"), records=sessions),
            self._figure(self.env._("Trainings judged effective"), records=effective),
        ]

    def _collect_meetings(self):
        """REV-4.4.1j: topics of the regular management meetings."""
        meetings = self._found(
            "itsms.meeting",
            self._since("date_start"),
            [("state", "=", "held"), ("kind", "in", ("other", "team"))],
        )
        return [
            self._figure(self.env._("Meetings held"), records=meetings),
            *(
                self._figure(str(meeting._day()), meeting.name, records=meeting)
                for meeting in meetings[:30]
            ),
        ]

    def _collect_measures(self):
        """REV-4.4.1l, REV-4.5.4h: indicators of the processes over the past 12 months, also where
        an extra review was held meanwhile."""
        year = min(self._interval_back(), self.day - relativedelta(months=12))
        values = self._found("itsms.measure.value", [("period", ">=", year), ("latest", "=", True)])
        figures = []
        for measure, months in values.grouped("measure_id").items():
            judged = months.filtered(lambda v: v.met in ("yes", "no"))
            met = judged.filtered(lambda v: v.met == "yes")
            last = months.sorted("period", reverse=True)[:1]
            text = self.env._(
                "%(met)s of %(all)s months met, last %(last)s",
                met=len(met),
                all=len(judged),
                last=last.shown,
            )
            figures.append(self._figure(measure.name, text, records=months))
        return figures or [self._figure(self.env._("No measured values in the period"))]

    def _collect_legal(self):
        """REV-4.5.4f: legal conformity: external documents and their editions."""
        external = self._found(
            "itsms.document", [("state", "=", "in_force"), ("kind", "=", "external")]
        )
        changed = external.filtered(
            lambda d: d.current_revision_id.create_date.date() >= self._interval_back()
        )
        return [
            self._figure(self.env._("External documents in force"), records=external),
            self._figure(self.env._("New editions in the period"), records=changed),
        ]

    def _collect_improvements(self):
        """REV-4.5.4j: opportunities to improve."""
        if "itsms.improvement" not in self.env:
            return [self._not_installed(self.env._("Improvements"))]
        improvements = self._found("itsms.improvement", self._since("create_date"))
        return [self._figure(self.env._("Improvement opportunities"), records=improvements)]

    def _collect_opinions(self):
        """REV-4.5.4l: proposals of participants and departments."""
        proposals = self.opinion_ids.filtered(lambda o: o.kind == "proposal")
        departments = self.statement_ids.filtered("proposals")
        return [
            self._figure(self.env._("Proposals of participants"), records=proposals),
            self._figure(self.env._("Reports with proposals"), records=departments),
        ]
