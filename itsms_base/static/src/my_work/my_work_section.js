import { Component } from "@odoo/owl";
import { deserializeDate, toLocaleDateString } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";

/** Colour of the sections this module knows; sections of other modules take the default. */
const COLORS = { to_decide: "primary", returned: "warning", submitted: "info", late: "danger" };

/** One card of the page: title, count, the first items and the way to all of them. */
export class MyWorkSection extends Component {
    static template = "itsms_base.MyWorkSection";
    static props = {
        section: Object,
        userName: String,
        openItem: Function,
        showAll: Function,
    };

    get titleId() {
        return `o_itsms_section_${this.props.section.key}`;
    }

    get color() {
        return this.props.section.count ? COLORS[this.props.section.key] || "primary" : "muted";
    }

    get showAllLabel() {
        return _t("Show all (%s)", this.props.section.count);
    }

    /** Kind of record, step and the people other than the user, without repeating the obvious. */
    details(item) {
        const { userName } = this.props;
        return [
            item.type,
            item.label,
            item.by && item.by !== userName && _t("from %s", item.by),
            item.who && item.who !== userName && _t("asked: %s", item.who),
        ].filter(Boolean);
    }

    deadline(item) {
        const date = toLocaleDateString(deserializeDate(item.deadline));
        return item.late ? _t("Late since %s", date) : _t("Due %s", date);
    }
}
