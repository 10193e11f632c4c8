import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");
const state = (value) =>
    `.o_field_statusbar[name='state'] .o_arrow_button_current[data-value='${value}']`;
const button = (name, label) => ({
    content: label,
    trigger: `.o_statusbar_buttons button[name='${name}']:contains('${label}')`,
    run: "click",
});

/** The author fills in a record, the department files and corrects it (REC-2c). */
tours.add("itsms_records_file_tour", {
    steps: () => [
        { content: "Create", trigger: ".o_list_button_add", run: "click" },
        {
            content: "Name",
            trigger: ".o_field_widget[name='name'] :is(input, textarea)",
            run: "edit Minutes of the review",
        },
        {
            content: "Text",
            trigger: ".o_field_widget[name='body'] .odoo-editor-editable",
            run: "editor All was fine",
        },
        { content: "Save", trigger: ".o_form_button_save", run: "click" },
        button("action_file", "File"),
        { content: "It is filed", trigger: state("filed") },
        button("action_open_correction", "Correct"),
        {
            content: "Reason",
            trigger: ".modal .o_field_widget[name='reason'] input",
            run: "edit Wrong day",
        },
        {
            content: "Apply",
            trigger: ".modal footer button[name='action_apply']",
            run: "click",
        },
        {
            content: "Second version",
            trigger: "button[name='action_view_versions'] .o_stat_value:contains('2')",
        },
    ],
});

/** The document administrator puts the expired record on a disposal. */
tours.add("itsms_records_dispose_tour", {
    steps: () => [
        button("action_open_disposal", "Dispose of"),
        { content: "The list is open", trigger: state("draft") },
        button("action_submit", "Submit"),
        { content: "It is in approval", trigger: state("pending") },
    ],
});

/** Approved: carried out. */
tours.add("itsms_records_execute_tour", {
    steps: () => [
        button("action_open_execution", "Carry out"),
        {
            content: "Destroy",
            trigger: ".modal footer button[name='action_execute']",
            run: "click",
        },
        { content: "It is carried out", trigger: state("executed") },
    ],
});
