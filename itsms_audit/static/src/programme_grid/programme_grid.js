import { Component, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { useRecordObserver } from "@web/model/relational_model/utils";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

/** What a cell shows besides its colour: the grid is readable in black and white too. */
const SIGNS = { planned: "", running: "…", done: "✓" };

/**
 * Audit programme at a glance: departments down, clauses (or months) across. What is not covered
 * stands out; in a draft a click plans the clause for the chosen month, or takes it out again.
 */
export class AuditProgrammeGrid extends Component {
    static template = "itsms_audit.ProgrammeGrid";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.state = useState({
            mode: "clauses",
            month: "03",
            gapsOnly: false,
            grid: null,
            busy: false,
        });
        useRecordObserver((record) => {
            // read here so that a change of any of them draws the grid again
            const { resId } = record;
            const { state, gap_text: gaps } = record.data;
            const lines = record.data.line_ids?.records.map((line) => [
                line.data.month,
                line.data.clause_ids?.currentIds.length,
            ]);
            return this.load(resId, [state, gaps, lines]);
        });
    }

    async load(resId) {
        this.state.grid = resId
            ? await this.orm.call("itsms.audit.programme", "get_grid", [[resId]])
            : null;
    }

    /** Chapters of the standard above the clauses. */
    get chapters() {
        const chapters = [];
        for (const { chapter } of this.clauses) {
            const last = chapters.at(-1);
            if (last?.name === chapter) {
                last.span++;
            } else {
                chapters.push({ name: chapter, span: 1 });
            }
        }
        return chapters;
    }

    get clauses() {
        const { clauses } = this.state.grid;
        return this.state.gapsOnly ? clauses.filter((c) => !c.covered) : clauses;
    }

    get departments() {
        return this.state.grid.departments;
    }

    planned(department, clause) {
        return department.cells[clause.id] || [];
    }

    cellText(department, clause) {
        return this.planned(department, clause)
            .map(({ month, state }) => `${Number(month) || "?"}${SIGNS[state]}`)
            .join(" ");
    }

    cellClass(department, clause) {
        const planned = this.planned(department, clause);
        const states = planned.map((p) => p.state);
        let name = "empty";
        if (states.length) {
            name = states.includes("running")
                ? "running"
                : states.every((s) => s === "done")
                  ? "done"
                  : "planned";
        }
        return {
            [`o_itsms_audit_${name}`]: true,
            o_itsms_audit_bad: Boolean(department.bad[clause.id]),
            o_itsms_audit_chosen: planned.some((p) => p.month === this.state.month),
        };
    }

    cellTitle(department, clause) {
        const parts = [`${department.name} · ${clause.code} ${clause.name}`];
        const months = this.planned(department, clause).map((p) => this.monthName(p.month));
        parts.push(months.length ? _t("planned: %s", months.join(", ")) : _t("not planned"));
        if (department.bad[clause.id]) {
            parts.push(_t("findings of last year, weight %s", department.bad[clause.id]));
        }
        return parts.join("\n");
    }

    monthName(key) {
        return this.state.grid.months.find((m) => m.key === key)?.name || "?";
    }

    /** Codes of the clauses of a department in a month, for the view by months. */
    inMonth(department, month) {
        return this.state.grid.clauses.filter((clause) =>
            this.planned(department, clause).some((p) => p.month === month.key)
        );
    }

    async toggle(department, clause) {
        if (!this.state.grid.editable || this.state.busy) {
            return;
        }
        this.state.busy = true;
        try {
            const { record } = this.props;
            if (!(await record.save())) {
                return;
            }
            const planned = this.planned(department, clause).some(
                (p) => p.month === this.state.month
            );
            this.state.grid = await this.orm.call("itsms.audit.programme", "set_cell", [
                [record.resId],
                department.id,
                clause.id,
                this.state.month,
                !planned,
            ]);
            await record.load();
        } finally {
            this.state.busy = false;
        }
    }
}

registry.category("view_widgets").add("itsms_audit_programme_grid", {
    component: AuditProgrammeGrid,
    fieldDependencies: [
        { name: "state", type: "selection" },
        { name: "gap_text", type: "char" },
    ],
});
