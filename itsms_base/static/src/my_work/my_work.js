import { Component, onWillStart, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { SIZES } from "@web/core/ui/ui_service";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { MyWorkSection } from "./my_work_section";

const { DateTime } = luxon;

/**
 * First page of the app: what waits for the user, what came back, what runs, what is late.
 *
 * The sections come from the server, so modules add their own by extending `_sections()` of
 * `itsms.my.work`. The breadcrumb mounts the action again, so the page is always fresh.
 */
export class MyWork extends Component {
    static template = "itsms_base.MyWork";
    static components = { Layout, MyWorkSection };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.ui = useState(useService("ui"));
        this.display = { controlPanel: {} };
        this.state = useState({ user: "", sections: [], now: DateTime.now(), loading: false });
        onWillStart(() => this.load());
    }

    async load() {
        this.state.loading = true;
        try {
            const { user, sections } = await this.orm.call("itsms.my.work", "get_sections", []);
            Object.assign(this.state, { user, sections, now: DateTime.now() });
        } finally {
            this.state.loading = false;
        }
    }

    get greeting() {
        const { now, user } = this.state;
        if (now.hour < 12) {
            return _t("Good morning, %s", user);
        }
        return now.hour < 18 ? _t("Good afternoon, %s", user) : _t("Good evening, %s", user);
    }

    get today() {
        return this.state.now.toLocaleString(DateTime.DATE_HUGE);
    }

    /** Sections by column: left and right in turn, so that a long list leaves no gap. */
    get columns() {
        const { sections } = this.state;
        if (this.ui.size < SIZES.LG) {
            return [sections];
        }
        return [0, 1].map((column) => sections.filter((_section, index) => index % 2 === column));
    }

    openItem(item, newWindow) {
        return this.action.doAction(
            {
                type: "ir.actions.act_window",
                res_model: item.res_model,
                res_id: item.res_id,
                views: [[false, "form"]],
                target: "current",
            },
            { newWindow }
        );
    }

    showAll(section, newWindow) {
        return this.action.doAction(section.action, { newWindow });
    }
}

registry.category("actions").add("itsms_my_work", MyWork);
