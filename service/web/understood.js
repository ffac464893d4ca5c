// How the query was read, and the way to have it read otherwise.

import { NEAR } from "./card.js";
import { h } from "./dom.js";
import { picture } from "./picture.js";

/** @import { Found } from "./finder.js" */
/** @import { SearchState } from "./types.d.ts" */

/** @type {Record<string, string>} */
const READ_AS = {
  text: "a description",
  description: "a description of this corpus",
  structure: "a structure",
  name: "the name",
  id: "the identifier",
  inchikey: "an InChIKey",
  skeleton: "the first block of an InChIKey",
  cas: "a CAS number",
  formula: "a molecular formula",
  chebi: "a ChEBI id",
  chembl: "a ChEMBL id",
  cid: "a PubChem CID",
  drugbank: "a DrugBank id",
  hmdb: "an HMDB id",
};

/**
 * @param {Found} found
 * @param {SearchState} state
 * @param {(change: Partial<SearchState>) => void} go
 */
export function understood(found, state, go) {
  const { kind, value, widened = [], filters = [], remarks = [], suggestions = [] } = found.understood;
  const structure = kind === "structure";
  const values = structure ? [value] : valuesRead(found, state);
  return h(
    "div",
    { class: "understood" },
    structure && picture({ smiles: value, alt: "The structure asked for" }, 150, 100),
    h(
      "p",
      {},
      h("span", {}, `Read as ${readAs(kind, values.length)}`),
      values.map((each, place) => [place ? ", " : ": ", structure ? h("code", {}, each) : h("b", {}, each)]).flat(),
      found.truncated && h("span", { class: "warning" }, " The end was left out: it is longer than the encoder reads."),
      kind === "text" && state.find === "texts" && " A text finds molecules, each with its description.",
      remarks.map((remark) => h("span", { class: "remark" }, " ", ...withSuggestion(remark, go))),
    ),
    widened.length > 0 && h("p", {}, `Searched for ${widened.join("; ")}.`),
    filters.length > 0 && h("p", {}, "Filters from your words: ", h("b", {}, filters.join(", ")), "."),
    suggestions.length > 0 && h("p", {}, "Did you mean ", ...alternatives(suggestions.map(({ value: name }) => suggestion(name, go))), "?"),
    h("p", { class: "otherwise" }, otherwise(found, state, go)),
  );
}

/**
 * @param {string} kind
 * @param {number} count of the values that follow
 */
function readAs(kind, count) {
  if (kind === "name" && count !== 1) return count ? "the names" : "a name.";
  return READ_AS[kind] ?? kind;
}

const NAMES = new Set(["name", "synonym", "common name"]);

/**
 * The names and identifiers that were found. What is only near to what was named is not what it was read as.
 * @param {Found} found
 * @param {SearchState} state
 */
function valuesRead({ understood: { kind, value }, hits }, { q }) {
  if (kind === "text" || kind === "description") return [];
  if (kind !== "name") return [value];
  if (NEAR.has(hits[0]?.found_by?.[0]?.kind ?? "")) return [];
  const asked = q.toLowerCase();
  const others = hits.map(({ found_by: [way] = [] }) => (way && NAMES.has(way.kind) ? (way.value ?? "") : ""));
  const named = others.filter((other) => other && asked.includes(other.toLowerCase()));
  /** @type {Map<string, string>} */
  const each = new Map();
  for (const name of [value, ...named]) if (!each.has(name.toLowerCase())) each.set(name.toLowerCase(), name);
  return [...each.values()];
}

/**
 * A remark, with what it asks about as a search.
 * @param {string} remark
 * @param {(change: Partial<SearchState>) => void} go
 */
function withSuggestion(remark, go) {
  const [before, name, after] = remark.split(/(?<=^Did you mean )“([^”]+)”/);
  return name === undefined ? [remark] : [before, suggestion(name, go), after];
}

/**
 * "a, b or c".
 * @param {Node[]} each
 */
const alternatives = (each) => each.flatMap((one, place) => [place === 0 ? "" : place === each.length - 1 ? " or " : ", ", one]);

/**
 * @param {string} name
 * @param {(change: Partial<SearchState>) => void} go
 */
function suggestion(name, go) {
  return h("button", { type: "button", class: "link", on: { click: () => go({ q: name, as: "auto" }) } }, name);
}

/**
 * @param {Found} found
 * @param {SearchState} state
 * @param {(change: Partial<SearchState>) => void} go
 */
function otherwise(found, state, go) {
  if (found.understood.kind === "structure" && !/\n/.test(state.q)) {
    return h("button", { type: "button", class: "link", on: { click: () => go({ as: "text" }) } }, "Search for it as words");
  }
  if (state.as === "text" && !/\s/.test(state.q.trim())) {
    return h("button", { type: "button", class: "link", on: { click: () => go({ as: "structure" }) } }, "Read it as a structure");
  }
  return null;
}
