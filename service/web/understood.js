// How the query was read, and the way to have it read otherwise.

import { h } from "./dom.js";
import { picture } from "./picture.js";

/** @import { Found } from "./finder.js" */
/** @import { SearchState } from "./types.d.ts" */

/** @type {Record<string, string>} */
const READ_AS = {
  text: "a description",
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
  return h(
    "div",
    { class: "understood" },
    structure && picture({ smiles: value, alt: "The structure asked for" }, 150, 100),
    h(
      "p",
      {},
      h("span", {}, `Read as ${READ_AS[kind] ?? kind}${kind === "text" ? "" : ": "}`),
      kind !== "text" && (structure ? h("code", {}, value) : h("b", {}, value)),
      found.truncated && h("span", { class: "warning" }, " The end was left out: it is longer than the encoder reads."),
      kind === "text" && state.find === "texts" && " A text finds molecules, each with its description.",
      remarks.map((remark) => h("span", { class: "remark" }, ` ${remark}`)),
    ),
    widened.length > 0 && h("p", {}, `Searched for ${widened.join("; ")}.`),
    filters.length > 0 && h("p", {}, "Only hits with ", h("b", {}, filters.join(", ")), "."),
    suggestions.length > 0 && h("p", { class: "meant" }, "Did you mean ", suggestions.map(({ value: name }) => suggestion(name, go)), "?"),
    h("p", { class: "otherwise" }, otherwise(found, state, go)),
  );
}

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
