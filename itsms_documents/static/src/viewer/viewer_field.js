import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** A controlled document on screen: its address is shown in a frame, the file stays where it is. */
export class ItsmsViewerField extends Component {
    static template = "itsms_documents.ViewerField";
    static props = { ...standardFieldProps };

    get url() {
        return this.props.record.data[this.props.name];
    }

    /** The frame is drawn again when the record moved on: the mark on the pages names its state. */
    get version() {
        const { resId, data } = this.props.record;
        return `${resId}/${data.state || ""}/${this.url}`;
    }
}

registry.category("fields").add("itsms_viewer", {
    component: ItsmsViewerField,
    displayName: _t("Document on screen"),
    supportedTypes: ["char"],
});
