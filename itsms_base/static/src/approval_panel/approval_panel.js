import { Component, onWillStart } from "@odoo/owl";
import { toLocaleDateTimeString } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { groupRounds } from "./approval_rounds";
import { ApprovalStepCard } from "./approval_step_card";
import { STEP_FIELDS } from "./approval_step_fields";

const STAGE_ICONS = {
    approved: "fa-check",
    rejected: "fa-times",
    open: "fa-hourglass-half",
    waiting: "fa-circle-o",
    cancelled: "fa-ban",
};

/** Read-only panel of all approval rounds of a record, the newest first. */
export class ApprovalPanelField extends Component {
    static template = "itsms_base.ApprovalPanelField";
    static components = { ApprovalStepCard };
    static props = { ...standardFieldProps };

    setup() {
        const fieldService = useService("field");
        this.formatDateTime = toLocaleDateTimeString;
        onWillStart(async () => {
            const { relation } = this.props.record.fields[this.props.name];
            // the field service caches: one call per user, in his language
            const { label, state } = await fieldService.loadFields(relation, {
                fieldNames: ["label", "state"],
                attributes: ["selection"],
            });
            this.labels = Object.fromEntries(label.selection);
            this.states = Object.fromEntries(state.selection);
        });
    }

    get rounds() {
        const { records } = this.props.record.data[this.props.name];
        return groupRounds(records.map((record) => ({ ...record.data, id: record.resId })));
    }

    roundState(round) {
        return {
            approved: _t("Approved"),
            rejected: _t("Rejected"),
            open: _t("In approval"),
            waiting: _t("In approval"),
            cancelled: _t("Not completed"),
        }[round.state];
    }

    submission(round) {
        const [user, date] = [round.submittedBy?.display_name, round.submittedAt];
        if (!user) {
            return "";
        }
        return date
            ? _t("Submitted by %(user)s on %(date)s", { user, date: this.formatDateTime(date) })
            : _t("Submitted by %s", user);
    }

    stageIcon(stage) {
        return STAGE_ICONS[stage.state];
    }

    roundTitle(round) {
        return _t("Round %s", round.number);
    }
}

export const approvalPanelField = {
    component: ApprovalPanelField,
    displayName: _t("Approval panel"),
    supportedTypes: ["one2many"],
    relatedFields: STEP_FIELDS,
};

registry.category("fields").add("itsms_approval_panel", approvalPanelField);
