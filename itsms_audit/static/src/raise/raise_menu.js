import { _t } from "@web/core/l10n/translation";
import { patch } from "@web/core/utils/patch";
import { session } from "@web/session";
import { FormController } from "@web/views/form/form_controller";

/** “Raise a nonconformity / an improvement” in the menu of every business record (COM-19). */
patch(FormController.prototype, {
    getStaticActionMenuItems() {
        const raisable = () =>
            (session.itsms_raisable || []).includes(this.props.resModel) &&
            !this.model.root.isNew;
        const run = (method) => () => this.itsmsRaise(method);
        return {
            ...super.getStaticActionMenuItems(),
            itsmsNonconformity: {
                isAvailable: raisable,
                sequence: 60,
                icon: "fa fa-exclamation-triangle",
                description: _t("Raise a nonconformity"),
                callback: run("action_raise_nonconformity"),
            },
            itsmsImprovement: {
                isAvailable: raisable,
                sequence: 61,
                icon: "fa fa-lightbulb-o",
                description: _t("Propose an improvement"),
                callback: run("action_raise_improvement"),
            },
        };
    },

    async itsmsRaise(method) {
        const action = await this.model.orm.call(this.props.resModel, method, [
            [this.model.root.resId],
        ]);
        await this.model.action.doAction(action);
    },
});
