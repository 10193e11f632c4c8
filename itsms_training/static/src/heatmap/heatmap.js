import { Component, onWillStart, useState } from "@odoo/owl";
import { Pager } from "@web/core/pager/pager";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

const PAGE = 60;

/** What a cell shows besides its colour: the map is readable in black and white too. */
const SIGNS = {
    met: "✓",
    expiring: "!",
    low: "▾",
    missing: "✗",
    unverified: "?",
    suspended: "‖",
    expired: "×",
};

/**
 * People down, skills and certificates across; the colour is the level held against the level
 * that the standards of the job and of the ITSMS roles ask for.
 */
export class TrainingHeatmap extends Component {
    static template = "itsms_training.Heatmap";
    static components = { Layout, Pager };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.display = { controlPanel: {} };
        this.signs = SIGNS;
        this.state = useState({
            department: this.props.action.context?.department_id || "",
            offset: 0,
            limit: PAGE,
            loading: false,
            columns: [],
            people: [],
            departments: [],
            states: {},
            total: 0,
        });
        onWillStart(() => this.load());
    }

    async load() {
        this.state.loading = true;
        const { department, offset, limit } = this.state;
        try {
            const data = await this.orm.call("itsms.training.gap", "get_heatmap", [
                Number(department) || false,
                offset,
                limit,
            ]);
            Object.assign(this.state, data);
        } finally {
            this.state.loading = false;
        }
    }

    get pager() {
        return {
            offset: this.state.offset,
            limit: this.state.limit,
            total: this.state.total,
            onUpdate: ({ offset, limit }) => {
                Object.assign(this.state, { offset, limit });
                return this.load();
            },
        };
    }

    /** Headings above the columns: the type of the skills. */
    get groups() {
        const groups = [];
        for (const { group } of this.state.columns) {
            const last = groups.at(-1);
            if (last?.name === group) {
                last.span++;
            } else {
                groups.push({ name: group, span: 1 });
            }
        }
        return groups;
    }

    /** Share of the people on this page, to whom the column applies, that meet it. */
    coverage(column) {
        const cells = this.state.people.map((p) => p.cells[column.key]).filter(Boolean);
        const met = cells.filter((c) => ["met", "expiring"].includes(c.state)).length;
        return cells.length ? `${Math.round((100 * met) / cells.length)}%` : "";
    }

    title(person, column, cell) {
        const parts = [
            `${person.name} · ${column.name}`,
            this.state.states[cell.state],
            _t("wanted: %s", cell.wanted),
            _t("held: %s", cell.has),
        ];
        if (cell.expires) {
            parts.push(_t("until %s", cell.expires));
        }
        return parts.join("\n");
    }

    onDepartment(ev) {
        Object.assign(this.state, { department: ev.target.value, offset: 0 });
        return this.load();
    }

    async openGaps(person) {
        const action = await this.orm.call("hr.employee.public", "action_itsms_gaps", [person.id]);
        return this.action.doAction(action);
    }

    get xlsxUrl() {
        const department = this.state.department;
        return `/itsms/training/heatmap.xlsx${department ? `?department_id=${department}` : ""}`;
    }

    print() {
        window.print();
    }
}

registry.category("actions").add("itsms_training_heatmap", TrainingHeatmap);
