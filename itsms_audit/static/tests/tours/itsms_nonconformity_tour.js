import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");
const state = (value) =>
    `.o_field_statusbar[name='state'] .o_arrow_button_current[data-value='${value}']`;
const press = (name) => ({
    content: `Press ${name}`,
    trigger: `.o_statusbar_buttons button[name='${name}']`,
    run: "click",
});
const tab = (name) => ({
    content: `Open the page ${name}`,
    trigger: `.o_notebook .nav-link[name='${name}']`,
    run: "click",
});

/** Anybody raises a nonconformity from the menu of a record (COM-19). */
tours.add("itsms_audit_raise_tour", {
    steps: () => [
        {
            content: "Open the menu of the form",
            trigger: ".o_cp_action_menus .dropdown-toggle:visible",
            run: "click",
        },
        {
            content: "Raise",
            trigger: ".o_menu_item:contains('Raise a nonconformity')",
            run: "click",
        },
        {
            content: "The source is linked by itself",
            trigger: ".o_field_widget[name='source_name']:contains('Test Company')",
        },
    ],
});

/** The auditee's head signs the report. */
tours.add("itsms_audit_confirm_tour", {
    steps: () => [
        {
            content: "Everybody sees who acts next",
            trigger: ".alert:contains('confirms it with a signature')",
        },
        press("action_confirm"),
        { content: "Sure", trigger: ".modal-footer .btn-primary", run: "click" },
        { content: "Signed", trigger: state("analysis") },
    ],
});

/** A member of the auditee's department answers and submits the plan. */
tours.add("itsms_audit_answer_tour", {
    steps: () => [
        tab("containment"),
        {
            content: "Consequences",
            trigger: ".o_field_widget[name='consequences'] textarea",
            run: "edit No customer was affected",
        },
        {
            content: "Nothing to put right",
            trigger: ".o_field_widget[name='no_correction_reason'] input",
            run: "edit The quarter is over",
        },
        {
            content: "Nowhere else",
            trigger: ".o_field_widget[name='extent'] input[data-value='none']",
            run: "click",
        },
        {
            content: "Where checked",
            trigger: ".o_field_widget[name='extent_where'] textarea",
            run: "edit All servers",
        },
        tab("causes"),
        {
            content: "Five whys",
            trigger: ".o_field_widget[name='cause_method'] input[data-value='why']",
            run: "click",
        },
        {
            content: "A cause",
            trigger: ".o_field_widget[name='cause_ids'] .o_field_x2many_list_row_add a",
            run: "click",
        },
        {
            content: "Its words",
            trigger: ".o_field_widget[name='cause_ids'] .o_selected_row [name='name'] textarea",
            run: "edit Nobody is reminded",
        },
        {
            content: "It is the root",
            trigger: ".o_field_widget[name='cause_ids'] .o_selected_row [name='root'] input",
            run: "click",
        },
        tab("measures"),
        {
            content: "Needed",
            trigger: ".o_field_widget[name='corrective_needed'] input[data-value='yes']",
            run: "click",
        },
        {
            content: "Criterion",
            trigger: ".o_field_widget[name='effect_criterion'] textarea",
            run: "edit No test left out",
        },
        press("action_submit"),
        { content: "In approval", trigger: state("pending") },
    ],
});

/** A risk stands in its cell of the matrix; a click opens the risks of the cell. */
tours.add("itsms_audit_risk_matrix_tour", {
    steps: () => [
        {
            content: "No risk stands where nothing was found",
            trigger: ".o_itsms_risk_matrix .o_itsms_level_low:disabled",
        },
        {
            content: "Open the worst cell",
            trigger: ".o_itsms_risk_matrix tr:first td:last .o_itsms_above:enabled",
            run: "click",
        },
        {
            content: "The risk is in the list",
            trigger: ".o_list_view .o_data_cell:contains('Test Company risk of the matrix')",
        },
    ],
});
