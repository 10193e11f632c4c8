import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");
const stage = (value) =>
    `.o_field_statusbar[name='stage'] .o_arrow_button_current[data-value='${value}']`;
const press = (name) => ({
    content: `Press ${name}`,
    trigger: `.o_statusbar_buttons button[name='${name}']`,
    run: "click",
});

const decide = (comment) => [
    {
        content: "Open the dialog",
        trigger: ".o_statusbar_buttons button[name='action_open_decision']:contains('Approve')",
        run: "click",
    },
    {
        content: "Give a comment",
        trigger: ".modal .o_field_widget[name='comment'] textarea",
        run: `edit ${comment}`,
    },
    {
        content: "Confirm",
        trigger: ".modal footer button[name='action_confirm']:contains('Approve')",
        run: "click",
    },
];

/** The responsible department designs a form and submits it. */
tours.add("itsms_record_form_design_tour", {
    steps: () => [
        { content: "Create", trigger: ".o_list_button_add", run: "click" },
        {
            content: "Name",
            trigger: ".o_field_widget[name='name'] :is(input, textarea)",
            run: "edit Handover sheet",
        },
        {
            content: "Procedure",
            trigger: ".o_field_widget[name='document_id'] input",
            run: "edit Test procedure",
        },
        {
            content: "Choose it",
            trigger: ".o-autocomplete--dropdown-item:contains('Test procedure 1')",
            run: "click",
        },
        {
            content: "Write the form",
            trigger: ".o_field_widget[name='body'] .odoo-editor-editable",
            run: "editor Name, date, signature",
        },
        { content: "Save", trigger: ".o_form_button_save", run: "click" },
        { content: "It is a design", trigger: stage("design") },
        press("action_submit"),
        { content: "The office reviews it", trigger: stage("review") },
        {
            content: "No number yet",
            trigger: ".oe_title:not(:has(.o_field_widget[name='number']))",
        },
    ],
});

tours.add("itsms_record_form_review_tour", {
    steps: () => [
        ...decide("Reviewed"),
        { content: "It waits for the signature", trigger: stage("approve") },
        {
            content: "It has its number",
            trigger: ".oe_title .o_field_widget[name='number']:contains('ITSR-CX-001-01')",
        },
    ],
});

tours.add("itsms_record_form_sign_tour", {
    steps: () => [...decide("Agreed"), { content: "It is signed", trigger: stage("in_force") }],
});

tours.add("itsms_record_form_publish_tour", {
    steps: () => [
        press("action_publish"),
        { content: "It is published", trigger: stage("published") },
        { content: "To whom it went", trigger: ".nav-link[name='receipts']", run: "click" },
        {
            content: "The departments are listed",
            trigger: ".o_field_widget[name='receipt_ids'] .o_data_row",
        },
    ],
});
