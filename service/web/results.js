// What a search found, and what is said where there is nothing yet, nothing at all, or a problem.

import { Problem, capabilities } from "./api.js";
import { card } from "./card.js";
import { comparison } from "./compare.js";
import { counted, h } from "./dom.js";
import { downloads } from "./download.js";
import { findMore } from "./finder.js";
import { wanted } from "./highlight.js";
import { keyForm } from "./key.js";
import { OTHER_RELEASE, renewed } from "./renewed.js";
import { MOST_K, PROPERTIES, filterInWords } from "./state.js";

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
    asked(state),
    h(
      "header",
      { class: "results-head" },
      h("h2", {}, count, h("small", {}, ` in ${milliseconds(found.milliseconds)}`)),
      downloads(found, able, go),
    ),
    order(found, state, able, go),
    legend(found, similarTo),
    list,
    more(found, state, go, add),
  );
}

/**
 * What was searched for, on paper, where there is neither box nor form.
 * @param {SearchState} state
 */
function asked(state) {
  const filters = filterInWords(state.filter);
  return h("p", { class: "asked on-paper" }, h("b", {}, state.q.trim()), filters.length > 0 && h("small", {}, ` · filters: ${filters.join(" · ")}`));
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
      if (error.code === OTHER_RELEASE) return button.replaceWith(h("span", { class: "notice", role: "alert" }, renewed(go)));
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

/** A name of more letters says less than what it names. */
const LONG_NAME = 60;

/** @param {Found} found */
function referenceInWords({ reference, hits, understood }) {
  if (!reference) return "nothing";
  const called = hits.find((hit) => hit.id === reference.id)?.name ?? "";
  const name = called.length > 0 && called.length <= LONG_NAME ? called : null;
  if (reference.kind === "exact") return name ?? reference.smiles;
  if (reference.kind === "query") return understood.kind === "name" ? understood.value : "your structure";
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

/** Filters without a query: the service ranks hits by one. */
export function nothingAsked() {
  return h(
    "p",
    { class: "notice", role: "alert" },
    "Filters narrow a search, and there is nothing to search for yet. Say what you are looking for: a description, a name or a structure.",
  );
}

/**
 * What a link asks for and the page cannot.
 * @param {string[]} parts of the address
 */
export function leftOut(parts) {
  if (parts.length === 0) return [];
  const named = parts.flatMap((part, place) => [place ? ", " : "", h("code", {}, part)]);
  const ranges = parts.some((part) => PROPERTIES.some(([name]) => part.startsWith(`${name}=`)));
  const how = ranges && " A range is written 100..300, ..300 or 100.., as in molecular_weight=..300.";
  const said = h("p", {}, "This link asks for something that cannot be read and was left out: ", named, ".", how);
  return [h("div", { class: "notice", role: "alert" }, said)];
}

/** Grey cards in place of those to come. */
export function waiting() {
  return h("div", { class: "cards waiting", "aria-hidden": "true" }, [1, 2, 3].map(() => h("div", { class: "card" })));
}

/** Faults of a query as a structure: as words it may find something. */
const AS_STRUCTURE = /^query_(?:unparsable|invalid_chemistry|several|ambiguous|too_many_atoms|too_many_rings|too_complex)$/;

/**
 * @param {Problem} problem
 * @param {SearchState} state
 * @param {(change: Partial<SearchState>) => void} go
 * @param {() => void} [again] does again what failed
 */
export function failure(problem, state, go, again = () => go({})) {
  const asText = AS_STRUCTURE.test(problem.code) && state.as !== "text";
  const needsKey = problem.code in KEY_TITLES;
  const faults = problem.errors.length ? problem.errors : [{ field: problem.field, detail: problem.message }];
  const ofFilter = faults.some(isOfFilter);
  const later = problem.status === 0 || problem.status === 429 || problem.status >= 500;
  return h(
    "div",
    { class: "notice problem", role: "alert" },
    h("h2", {}, KEY_TITLES[problem.code] ?? (faults.length > 1 && faults.every(isOfFilter) ? "Filters that cannot be used" : problem.title)),
    needsKey
      ? h("p", {}, "Whoever runs this service gives out keys. Yours stays in this tab, and is forgotten when you close it.")
      : h(faults.length > 1 ? "ul" : "div", {}, faults.map((fault) => h(faults.length > 1 ? "li" : "p", {}, ...inWords(fault, state)))),
    needsKey && keyForm(again),
    h(
      "p",
      { class: "ways-out" },
      asText && h("button", { type: "button", on: { click: () => go({ as: "text" }) } }, "Search for it as words"),
      ofFilter && h("button", { type: "button", on: { click: () => go({ filter: {} }) } }, "Search without filters"),
      later && h("button", { type: "button", on: { click: again } }, "Try again"),
    ),
  );
}

/** @param {{ field: string }} fault */
const isOfFilter = ({ field }) => field.startsWith("filter");

/** @type {Record<string, string>} */
const KEY_TITLES = {
  key_missing: "This service asks for an API key",
  key_unknown: "The service does not know this key",
  key_lacks_scope: "This key is not for searching",
};

/** @type {Record<string, string>} */
const FIELDS = {
  query: "",
  k: "Number of hits",
  reference: "Structure compared with",
  "filter.has_substructure": "Has the substructure",
  "filter.lacks_substructure": "Lacks the substructure",
  "filter.formula": "Molecular formula",
  "filter.tags": "Tags",
  ...Object.fromEntries(PROPERTIES.map(([name, label]) => [`filter.${name}`, label])),
};

/**
 * What is wrong, at the place where the page has it: its own form, not the request that it made of it.
 * @param {{ field: string, detail: string }} fault
 * @param {SearchState} state
 */
function inWords({ field, detail }, state) {
  const [, place, number] = /^(query|k|reference|filter(?:\.\w+)?)(?:\.\w+)?(?:\[(\d+)\])?$/.exec(field) ?? [];
  const label = FIELDS[place] ?? field;
  const values = place?.startsWith("filter.") ? state.filter[place.slice("filter.".length)] : null;
  const value = number !== undefined && Array.isArray(values) ? values[Number(number)] : null;
  const said = field && detail.startsWith(field) ? detail.slice(field.length).replace(/^[:\s]+/, "") : detail;
  const sentence = place === "query" && /^(?:is|has|have)\b/.test(said) ? `The query ${said}` : `${said.slice(0, 1).toUpperCase()}${said.slice(1)}`;
  return [label && h("span", { class: "field" }, label, value && [" ", h("code", {}, String(value))]), sentence];
}
