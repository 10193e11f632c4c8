import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { download } from "@web/core/network/download";
import { registry } from "@web/core/registry";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { patch } from "@web/core/utils/patch";
import { session } from "@web/session";
import { ListController } from "@web/views/list/list_controller";
import { STATIC_ACTIONS_GROUP_NUMBER } from "@web/search/action_menus/action_menus";

/** Whether lists of a model can be printed and exported as a register. */
export const hasRegister = (resModel) => (session.itsms_register_models || []).includes(resModel);

/** Download what a list shows, or what is selected in it, as pdf or xlsx. */
export async function exportRegister({ form, searchModel, root }) {
    const selection = root.selection || [];
    const facets = searchModel.facets.filter((facet) => facet.type !== "groupBy");
    const data = {
        form,
        model: searchModel.resModel,
        register: searchModel.context.itsms_register,
        order: (root.orderBy || []).map((o) => `${o.name} ${o.asc ? "asc" : "desc"}`).join(", "),
        filter: facets.map((f) => [f.title, f.values.join(", ")].filter(Boolean).join(": ")).join("; "),
    };
    if (selection.length && !root.isDomainSelected) {
        data.ids = selection.map((record) => record.resId);
    } else {
        data.domain = root.domain;
    }
    await download({ url: "/itsms/register/list", data: { data: JSON.stringify(data) } });
}

class RegisterMenuItem extends Component {
    static template = "itsms_base.RegisterMenuItem";
    static components = { DropdownItem };
    static props = {};
    get label() {
        return "";
    }
    onSelected() {
        return exportRegister({
            form: this.form,
            searchModel: this.env.searchModel,
            root: this.env.model.root,
        });
    }
}

export class PrintRegister extends RegisterMenuItem {
    form = "pdf";
    icon = "fa-print";
    get label() {
        return _t("Print register");
    }
}

export class ExportRegister extends RegisterMenuItem {
    form = "xlsx";
    icon = "fa-table";
    get label() {
        return _t("Export register (XLSX)");
    }
}

const isDisplayed = (env) =>
    ["kanban", "list"].includes(env.config.viewType) &&
    hasRegister(env.searchModel.resModel) &&
    !env.model.root.selection?.length;

[PrintRegister, ExportRegister].forEach((item, index) =>
    registry
        .category("cogMenu")
        .add(
            `itsms-register-${index}`,
            { Component: item, groupNumber: STATIC_ACTIONS_GROUP_NUMBER, isDisplayed },
            { sequence: 2 + index }
        )
);

patch(ListController.prototype, {
    getStaticActionMenuItems() {
        const items = super.getStaticActionMenuItems(...arguments);
        const isAvailable = () => hasRegister(this.props.resModel);
        const callback = (form) => () =>
            exportRegister({ form, searchModel: this.env.searchModel, root: this.model.root });
        return {
            ...items,
            itsmsPrintRegister: {
                isAvailable,
                sequence: 12,
                icon: "fa fa-print",
                description: _t("Print register"),
                callback: callback("pdf"),
            },
            itsmsExportRegister: {
                isAvailable,
                sequence: 13,
                icon: "fa fa-table",
                description: _t("Export register (XLSX)"),
                callback: callback("xlsx"),
            },
        };
    },
});
