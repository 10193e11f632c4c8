import { Component, onWillStart, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

/**
 * Risks of the register by likelihood (up) and impact (across): how many stand in each of the 25
 * cells, coloured by level; what is above the acceptance level has a thick border. A click opens
 * the risks of the cell.
 */
export class RiskMatrix extends Component {
    static template = "itsms_audit.RiskMatrix";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.display = { controlPanel: {} };
        this.state = useState({ nature: "risk", matrix: null });
        onWillStart(() => this.load());
    }

    async load() {
        this.state.matrix = await this.orm.call("itsms.risk", "get_matrix", [this.state.nature]);
    }

    choose(nature) {
        this.state.nature = nature;
        return this.load();
    }

    /** Rows of the matrix, the most likely first. */
    get rows() {
        return [5, 4, 3, 2, 1].map((likelihood) => ({
            likelihood,
            cells: this.state.matrix.cells.filter((cell) => cell.likelihood === likelihood),
        }));
    }

    title(cell) {
        return [
            _t("Likelihood %(likelihood)s × impact %(impact)s = %(value)s", cell),
            this.state.matrix.levels[cell.level],
            ...(cell.above ? [_t("Above the acceptance level")] : []),
            _t("%s in the register", cell.count),
        ].join("\n");
    }

    open(cell) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            name: _t("Likelihood %(likelihood)s × impact %(impact)s = %(value)s", cell),
            res_model: "itsms.risk",
            views: [
                [false, "list"],
                [false, "kanban"],
                [false, "form"],
            ],
            domain: [
                ...this.state.matrix.domain,
                ["likelihood", "=", String(cell.likelihood)],
                ["impact", "=", String(cell.impact)],
            ],
        });
    }

    print() {
        window.print();
    }
}

registry.category("actions").add("itsms_audit_risk_matrix", RiskMatrix);
