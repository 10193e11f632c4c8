/** Fields of `itsms.approval.step` that the panel reads, besides the id. */

const USER_FIELDS = { display_name: { name: "display_name", type: "char", readonly: true } };
const user = (name) => ({ name, type: "many2one", relation: "res.users" });

export const STEP_FIELDS = [
    { name: "round", type: "integer" },
    { name: "stage", type: "integer" },
    { name: "sequence", type: "integer" },
    // the labels come with fields_get, in the language of the user
    { name: "label", type: "selection", selection: [] },
    { name: "state", type: "selection", selection: [] },
    { name: "asked", type: "char" },
    {
        name: "approver_ids",
        type: "many2many",
        relation: "res.users",
        viewMode: "default",
        views: { default: { fieldNodes: USER_FIELDS, fields: USER_FIELDS } },
    },
    user("submitted_by_id"),
    user("substitute_id"),
    user("substitute_for_id"),
    { name: "substitute_reason", type: "char" },
    user("escalated_to_id"),
    user("decided_by_id"),
    { name: "signature", type: "char" },
    { name: "opened_at", type: "datetime" },
    { name: "deadline", type: "datetime" },
    { name: "decided_at", type: "datetime" },
    { name: "comment", type: "text" },
    { name: "late", type: "boolean" },
    { name: "waiting_for_me", type: "boolean" },
];
