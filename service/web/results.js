// What a search found, and what is said where there is nothing yet, nothing at all, or a problem.

import { Problem, capabilities } from "./api.js";
import { card } from "./card.js";
import { comparison } from "./compare.js";
import { counted, h } from "./dom.js";
import { downloads } from "./download.js";
import { findMore } from "./finder.js";
import { wanted } from "./highlight.js";
import { keyForm } from "./key.js";
import { MOST_K } from "./state.js";

/** @import { Capabilities } from "./api.js" */
/** @import { Found } from "./finder.js" */
/** @import { Hit, SearchState } from "./types.d.ts" */

/**
 * @param {Found} found
 * @param {SearchState} state
 * @param {(change: Partial<SearchState>) => void} go
 */
export async function results(found, state, go) {
  if (found.hits.length === 0) return nothing(state, go);
  const able = await capabilities();
  const stems = found.direction === "text2mol" ? wanted(found.understood.value) : new Set();
  const similarTo = referenceInWords(found);
  const thing = found.direction === "mol2text" ? "description" : "molecule";
  const compare = comparison(found);
  const marked = state.filter.has_substructure ?? [];
  /** @param {Hit[]} hits */
  const items = (hits) => hits.map((hit) => h("li", {}, card(hit, found, { stems, similarTo, marked, able, compare })));
  const count = h("span", {}, counted(found.hits.length, thing));
  const list = h("ol", { class: "cards" }, items(found.hits));
  /** @param {Hit[]} hits */
  const add = (hits) => {
    list.append(...items(hits));
    count.replaceChildren(counted(found.hits.length, thing));
  };
  return h(
    "div",
    {},
    h(
      "header",
      { class: "results-head" },
      h("h2", {}, count, h("small", {}, ` in ${milliseconds(found.milliseconds)}`)),
      downloads(found, able),
    ),
    order(found, state, able, go),
    legend(found, similarTo),
    list,
    more(found, state, go, add),
  );
}

/**
 * A button for more hits: as many as the address bar holds by a longer search, then page by page.
 * @param {Found} found
 * @param {SearchState} state
 * @param {(change: Partial<SearchState>) => void} go
 * @param {(hits: Hit[]) => void} add
 */
function more(found, state, go, add) {
  if (found.direction === "record") return null;
  const longer = state.k < MOST_K && found.hits.length >= state.k;
  if (!longer && !found.next) return null;
  const failed = h("span", { class: "warning", role: "alert" });
  const button = h("button", { type: "button", class: "more-hits", on: { click: act } }, "Show more");
  async function act() {
    if (longer) return go({ k: Math.min(MOST_K, state.k * 2) });
    button.disabled = true;
    failed.replaceChildren();
    try {
      add(await findMore(found));
      if (!found.next) button.remove();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      failed.replaceChildren(` ${error.message}`);
    }
    button.disabled = false;
  }
  return h("p", {}, button, failed);
}

/**
 * Molecules like a structure: by what they are ranked.
 * @param {Found} found
 * @param {SearchState} state
 * @param {Capabilities} able
 * @param {(change: Partial<SearchState>) => void} go
 */
function order(found, state, able, go) {
  const structure = found.understood.kind === "structure" && found.direction !== "mol2text";
  if (!structure || !able.field("Mol2MolRequest", "rank_by")) return null;
  const chosen = found.direction === "mol2mol" ? state.rank : "embedding";
  const choices = /** @type {const} */ ([["embedding", "Meaning"], ["morgan", "Fingerprint"]]);
  return h(
    "fieldset",
    { class: "order" },
    h("legend", { class: "unseen" }, "Rank by"),
    h("span", { "aria-hidden": "true" }, "Rank by "),
    h(
      "span",
      { class: "switch" },
      choices.map(([rank, label]) => {
        const choose = { change: () => go({ as: "structure", rank }) };
        return h("label", {}, h("input", { type: "radio", name: "rank", value: rank, checked: rank === chosen, on: choose }), ` ${label}`);
      }),
    ),
  );
}

/**
 * The sentence of what the bars mean, once for all cards.
 * @param {Found} found
 * @param {string} similarTo
 */
function legend(found, similarTo) {
  if (found.direction === "record") return null;
  const calibrated = found.hits.some((hit) => hit.confidence !== null);
  const fits = found.understood.confidence_means === "fits";
  const meaning = fits ? "a hit fits the words, as many can" : "a hit is what was described, if the corpus has it at all";
  return h(
    "p",
    { class: "legend" },
    calibrated && [h("b", {}, "Confidence"), `: how probable it is that ${meaning}. `],
    h("b", {}, "Score"),
    ": the cosine of query and hit. ",
    found.reference && [h("b", {}, "Similarity"), `: Tanimoto of Morgan fingerprints to ${similarTo}.`],
  );
}

/** @param {Found} found */
function referenceInWords({ reference, hits }) {
  if (!reference) return "nothing";
  const name = hits.find((hit) => hit.id === reference.id)?.name;
  if (reference.kind === "exact") return name ?? reference.smiles;
  if (reference.kind === "query") return "your structure";
  if (reference.kind === "reference") return "the structure you came from";
  if (reference.kind === "first_hit") return `the first hit${name ? `, ${name}` : ""}`;
  return name ?? reference.smiles;
}

/** @param {number} time */
const milliseconds = (time) => (time < 1000 ? `${Math.max(1, Math.round(time))} ms` : `${(time / 1000).toFixed(1)} s`);

/**
 * @param {SearchState} state
 * @param {(change: Partial<SearchState>) => void} go
 */
function nothing(state, go) {
  const filtered = Object.keys(state.filter).length > 0;
  return h(
    "div",
    { class: "notice" },
    h("h2", {}, "Nothing fits"),
    h("p", {}, filtered ? "No molecule of this corpus passes all of the filters." : "Nothing in this corpus is near the query."),
    filtered && h("button", { type: "button", on: { click: () => go({ filter: {} }) } }, "Search without filters"),
  );
}

/** Grey cards in place of those to come. */
export function waiting() {
  return h("div", { class: "cards waiting", "aria-hidden": "true" }, [1, 2, 3].map(() => h("div", { class: "card" })));
}

/**
 * @param {Problem} problem
 * @param {SearchState} state
 * @param {(change: Partial<SearchState>) => void} go
 */
export function failure(problem, state, go) {
  const asText = problem.code.startsWith("query_") && state.as !== "text";
  return h(
    "div",
    { class: "notice problem", role: "alert" },
    h("h2", {}, problem.title),
    problem.errors.length > 1
      ? h("ul", {}, problem.errors.map((each) => h("li", {}, fieldName(each.field), without(each.field, each.detail))))
      : h("p", {}, fieldName(problem.field), without(problem.field, problem.message)),
    h(
      "p",
      { class: "ways-out" },
      (problem.code === "key_missing" || problem.code === "key_unknown") && keyForm(() => go({})),
      asText && h("button", { type: "button", on: { click: () => go({ as: "text" }) } }, "Search for it as words"),
      (problem.status === 0 || problem.status === 429 || problem.status >= 500) &&
        h("button", { type: "button", on: { click: () => go({}) } }, "Try again"),
    ),
  );
}

/** @param {string} field */
const fieldName = (field) => field && h("code", { class: "field" }, field);

/**
 * A detail without the field that it begins with, where the field stands before it already.
 * @param {string} field
 * @param {string} detail
 */
const without = (field, detail) => (field && detail.startsWith(`${field}: `) ? detail.slice(field.length + 2) : detail);
