/**
 * Steps as the panel shows them: rounds (newest first) of stages (in order) of parallel steps.
 */

const BEFORE = (a, b) => a.sequence - b.sequence || a.id - b.id;

function groupBy(steps, key) {
    const groups = new Map();
    for (const step of steps) {
        groups.set(step[key], [...(groups.get(step[key]) || []), step]);
    }
    return groups;
}

/** State of a stage or a round from its steps; the strongest one speaks. */
function overallState(steps) {
    const states = new Set(steps.map((step) => step.state));
    for (const state of ["rejected", "open", "cancelled", "waiting"]) {
        if (states.has(state)) {
            return state;
        }
    }
    return "approved";
}

function makeStage([number, steps]) {
    return { number, steps: steps.sort(BEFORE), state: overallState(steps) };
}

function makeRound([number, steps]) {
    const stages = [...groupBy(steps, "stage")].map(makeStage);
    stages.sort((a, b) => a.number - b.number);
    const first = stages[0].steps.find((step) => step.opened_at) || stages[0].steps[0];
    return {
        number,
        stages,
        state: overallState(steps),
        submittedBy: first.submitted_by_id,
        submittedAt: first.opened_at,
    };
}

/**
 * @param {Object[]} steps plain data of `itsms.approval.step`, with `id`
 * @returns {Object[]}
 */
export function groupRounds(steps) {
    // steps "when necessary" show once somebody asked for them
    const asked = steps.filter((step) => step.state !== "optional");
    const rounds = [...groupBy(asked, "round")].map(makeRound);
    return rounds.sort((a, b) => b.number - a.number);
}
