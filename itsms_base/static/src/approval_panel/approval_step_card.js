import { Component, useState } from "@odoo/owl";
import { toLocaleDateTimeString } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { imageUrl } from "@web/core/utils/urls";

const SHOWN_APPROVERS = 4;

/** One signature: who was asked, who decided, when and with which words. */
export class ApprovalStepCard extends Component {
    static template = "itsms_base.ApprovalStepCard";
    static props = {
        step: Object,
        label: { type: String, optional: true },
        stateLabel: { type: String, optional: true },
    };

    setup() {
        this.state = useState({ allApprovers: false });
        this.formatDateTime = toLocaleDateTimeString;
    }

    get asked() {
        const { asked } = this.props.step;
        return asked ? _t("Asked: %s", asked) : _t("Asked");
    }

    get approvers() {
        return this.props.step.approver_ids.records.map((user) => ({
            id: user.resId,
            name: user.data.display_name,
        }));
    }

    get shownApprovers() {
        // one more is never hidden: the button would take the same room
        const { approvers } = this;
        const all = this.state.allApprovers || approvers.length <= SHOWN_APPROVERS + 1;
        return all ? approvers : approvers.slice(0, SHOWN_APPROVERS);
    }

    get hiddenApprovers() {
        return this.approvers.length - this.shownApprovers.length;
    }

    get moreLabel() {
        return _t("+ %s more", this.hiddenApprovers);
    }

    get deadline() {
        const { step } = this.props;
        const date = this.formatDateTime(step.deadline);
        return step.late ? _t("Late since %s", date) : _t("Due %s", date);
    }

    get handedOver() {
        const { substitute_id: to, substitute_for_id: by, substitute_reason } = this.props.step;
        const text = by
            ? _t("Handed over from %(by)s to %(to)s", { by: by.display_name, to: to.display_name })
            : _t("Handed over to %s", to.display_name);
        return substitute_reason ? `${text} – ${substitute_reason}` : text;
    }

    get escalated() {
        return _t("Escalated to %s", this.props.step.escalated_to_id.display_name);
    }

    avatar(userId) {
        return imageUrl("res.users", userId, "avatar_128");
    }
}
