import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");
const saved = { content: "It saved itself", trigger: ".itsms-on-site-saved .text-success" };

/** An auditor with a tablet: question by question, then all judged. */
tours.add("itsms_audit_on_site_tour", {
    steps: () => [
        {
            content: "Nothing scrolls sideways on a tablet",
            trigger: ".itsms-on-site-card h3:contains('Which tickets?')",
            run() {
                const { scrollWidth, clientWidth } = document.querySelector(".itsms-on-site");
                if (scrollWidth > clientWidth) {
                    throw new Error(`${scrollWidth} px wide on a screen of ${clientWidth} px`);
                }
            },
        },
        {
            content: "The definition stands with the value",
            trigger: ".itsms-on-site-result[data-result='minor']:contains('Isolated, occasional')",
            run: "click",
        },
        saved,
        { content: "How", trigger: "button[data-way='by_documents']", run: "click" },
        {
            content: "Evidence",
            trigger: ".itsms-on-site-evidence",
            run: "edit Ticket 4711 has no category",
        },
        saved,
        {
            content: "A nonconformity can have its report at once",
            trigger: ".itsms-on-site-report",
        },
        { content: "Guidance", trigger: "button[title='Guidance']", run: "click" },
        {
            content: "Principles of auditing",
            trigger: ".itsms-on-site-guidance:contains('not on feeling')",
        },
        { content: "Next", trigger: ".itsms-on-site-next", run: "click" },
        {
            content: "The second question",
            trigger: ".itsms-on-site-card h3:contains('Which records?')",
        },
        { content: "Count", trigger: ".itsms-on-site-count", run: "click" },
        {
            content: "The records have answered",
            trigger: ".itsms-on-site-live strong:contains('expected')",
        },
        {
            content: "Conforming",
            trigger: ".itsms-on-site-result[data-result='conforming']",
            run: "click",
        },
        {
            content: "Evidence",
            trigger: ".itsms-on-site-evidence",
            run: "edit Counted, all there",
        },
        saved,
        {
            content: "All questions at a glance",
            trigger: ".itsms-on-site-toggle",
            run: "click",
        },
        {
            content: "Back to the first one",
            trigger: ".itsms-on-site-list.open .itsms-on-site-entry:contains('Which tickets?')",
            run: "click",
        },
        {
            content: "Nothing was lost",
            trigger: ".itsms-on-site-card h3:contains('Which tickets?')",
            run() {
                const text = document.querySelector(".itsms-on-site-evidence").value;
                if (text !== "Ticket 4711 has no category") {
                    throw new Error(`The evidence reads “${text}”`);
                }
            },
        },
        { content: "All judged", trigger: ".itsms-on-site-finish", run: "click" },
        {
            content: "The checklist is complete",
            trigger:
                ".o_field_statusbar[name='state'] .o_arrow_button_current[data-value='done']",
        },
    ],
});

/** Another auditor answered meanwhile: both texts are there, nothing is overwritten. */
tours.add("itsms_audit_on_site_conflict_tour", {
    steps: () => [
        {
            content: "My words wait on this device",
            trigger: ".itsms-on-site-card h3:contains('Which tickets?')",
            run() {
                const { line } = document.querySelector(".itsms-on-site-card").dataset;
                const values = { evidence: "My own words" };
                localStorage.setItem(
                    `itsms_audit_answer_${line}`,
                    JSON.stringify({ version: 0, values })
                );
                location.reload();
            },
            expectUnloadPage: true,
        },
        {
            content: "Told who entered what",
            trigger: ".itsms-on-site-conflict:contains('Their words')",
        },
        { content: "My words are there", trigger: ".itsms-on-site-conflict:contains('My own words')" },
        {
            content: "Add mine",
            trigger: ".itsms-on-site-conflict button.btn-primary",
            run: "click",
        },
        saved,
    ],
});
