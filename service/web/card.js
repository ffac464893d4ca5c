// One hit.

import { molecule } from "./api.js";
import { copyButton } from "./copy.js";
import { h } from "./dom.js";
import { markWords } from "./highlight.js";
import { believed, meter, percent } from "./meter.js";
import { picture } from "./picture.js";
import { emptyState, writeState } from "./state.js";
import { whenSeen } from "./unseen.js";

/** @import { Capabilities } from "./api.js" */
/** @import { Comparison } from "./compare.js" */
/** @import { Found } from "./finder.js" */
/** @import { FoundBy, Hit, MoleculeRecord, SearchState } from "./types.d.ts" */

const MOST_SYNONYMS = 4;
const TYPICAL_SCORE = "Cosine of query and hit, from −1 to 1; within one search, higher is nearer";

/**
 * @param {Hit} hit
 * @param {Found} found
 * @param {{ stems: Set<string>, similarTo: string, marked: string[], able: Capabilities, compare: Comparison }} context
 *   similarTo: what `morgan_similarity` compares with, in words; marked: SMARTS to colour
 */
export function card(hit, found, { stems, similarTo, marked, able, compare }) {
  const title = `hit-${hit.rank}`;
  const facts = h("p", { class: "facts" });
  const identifiers = h("dl", { class: "identifiers" });
  const element = h(
    "article",
    { class: "card", "aria-labelledby": title, id: `card-${hit.rank}` },
    h("div", { class: "picture" }, structure(hit, found, marked)),
    h(
      "div",
      { class: "about" },
      h(
        "header",
        {},
        h("h3", { id: title }, h("span", { class: "rank", "aria-hidden": "true" }, `${hit.rank}`), hit.name ?? hit.id),
        synonyms(hit.synonyms ?? []),
      ),
      facts,
      hit.description && h("p", { class: "description" }, ...markWords(hit.description, stems)),
      hit.tags.length > 0 && h("ul", { class: "tags", "aria-label": "Tags" }, hit.tags.map((tag) => h("li", {}, tag))),
    ),
    h("div", { class: "evidence" }, meters(hit, similarTo, found.understood.confidence_means === "fits"), foundBy(hit)),
    h(
      "footer",
      {},
      h("nav", { "aria-label": `From ${hit.name ?? hit.id}` }, links(hit, able)),
      h(
        "label",
        { class: "choose" },
        h("input", {
          type: "checkbox",
          checked: compare.has(hit),
          disabled: compare.full() && !compare.has(hit),
          on: { change: (/** @type {Event & { target: HTMLInputElement }} */ event) => compare.choose(hit, event.target.checked) },
        }),
        "Compare",
      ),
    ),
    h("details", { class: "more" }, h("summary", {}, "Identifiers"), identifiers),
  );
  showIdentifiers(identifiers, hit, null);
  whenSeen(element, () => fill(facts, identifiers, hit, found));
  return element;
}

/**
 * The id of the hit's molecule; a description may have none in the corpus.
 * @param {Hit} hit
 * @param {Found} found
 */
export const moleculeId = (hit, found) => (found.direction === "mol2text" ? (hit.molecule_id ?? null) : hit.id);

/**
 * @param {Hit} hit
 * @param {Found} found
 * @param {string[]} marked SMARTS
 */
function structure(hit, found, marked) {
  if (!hit.smiles) return h("span", { class: "no-picture" }, "No structure in this corpus");
  const alt = `Structure of ${hit.name ?? hit.id}`;
  return picture({ smiles: hit.smiles, id: moleculeId(hit, found), alt, marked, lazy: hit.rank > 3 });
}

/** @param {string[]} names */
function synonyms(names) {
  if (names.length === 0) return null;
  const more = names.length - MOST_SYNONYMS;
  const shown = names.slice(0, MOST_SYNONYMS).join(" · ");
  return h("p", { class: "synonyms", title: names.join(" · ") }, shown, more > 0 && ` · ${more} more`);
}

/**
 * @param {Hit} hit
 * @param {string} similarTo
 * @param {boolean} fits whether confidences are those of fitting a few words
 */
function meters(hit, similarTo, fits) {
  const { confidence, score, morgan_similarity: similarity } = hit;
  return h(
    "dl",
    { class: "meters" },
    meter("Confidence", confidence, {
      text: percent(confidence ?? 0),
      title: `${believed(confidence ?? 0)}: the probability that ${fits ? "it fits the words" : "this is it, if it is in the corpus at all"}`,
      kind: "confidence",
    }),
    meter("Score", score, { text: score.toFixed(2).replace("-", "−"), title: TYPICAL_SCORE, kind: "score" }),
    meter("Similarity", similarity, {
      text: (similarity ?? 0).toFixed(2),
      title: `Morgan similarity (Tanimoto, radius 2) to ${similarTo}`,
      kind: "similarity",
    }),
  );
}

/** @param {Hit} hit */
function foundBy({ found_by: ways = [] }) {
  if (ways.length === 0) return null;
  const exact = !NOT_EXACT.has(ways[0].kind);
  return h("p", { class: exact ? "found-by exact" : "found-by" }, "Found by ", ways.flatMap((way, place) => [place > 0 && ", ", ...inWords(way)]));
}

/**
 * What was matched is a search of its own: all that is called so, or has this formula.
 * @param {FoundBy} way
 */
function inWords({ kind, value }) {
  const words = WAYS[kind] ?? kind;
  if (value && kind === "tag") return [`${words} ${value}`];
  if (!value || !SEARCHABLE.has(kind)) return [words];
  return [`${words} `, h("a", { href: writeState({ ...emptyState(), q: value }), class: "onward" }, value)];
}

/** Near to what is named or drawn, but not that. */
export const NEAR = new Set(["skeleton", "parent", "salt", "composition"]);
const NOT_EXACT = new Set(["words", "vector", "morgan", "tag", ...NEAR]);
const SEARCHABLE = new Set(["name", "synonym", "common name", "cas", "formula", "tag"]);

/** @type {Record<string, string>} */
const WAYS = {
  vector: "meaning",
  words: "words",
  morgan: "fingerprint",
  name: "its name",
  synonym: "its synonym",
  "common name": "its common name",
  cas: "its CAS number",
  description: "its description",
  inchikey: "its InChIKey",
  skeleton: "its skeleton (other stereochemistry or isotopes)",
  parent: "its parent (without salts, solvents and charges)",
  salt: "what it is a salt or solvate of",
  composition: "its formula and ligands, bound in another way",
  tag: "its tag",
  formula: "its formula",
  id: "its id",
  cid: "its PubChem CID",
  structure: "its structure",
};

/**
 * Searches that go on from this hit, as addresses: they open in a new tab, too.
 * @param {Hit} hit
 * @param {Capabilities} able
 */
function links(hit, able) {
  if (!hit.smiles) return [];
  /** @type {SearchState} */
  const texts = { ...emptyState(), q: hit.smiles, as: "structure", find: "texts" };
  /** @type {SearchState} */
  const like = able.has("/search/mol2mol") || able.field("Text2MolRequest", "mode")
    ? { ...texts, find: "molecules" }
    : { ...emptyState(), q: hit.description ?? hit.name ?? "", as: "text", reference: hit.smiles };
  return [
    like.q && h("a", { href: writeState(like), class: "onward" }, "Molecules like this"),
    h("a", { href: writeState(texts), class: "onward" }, "Texts for this"),
  ];
}

/**
 * Formula, weight and InChIKey come with the molecule's own record, which is asked for once the card is in sight.
 * @param {HTMLElement} facts
 * @param {HTMLElement} identifiers
 * @param {Hit} hit
 * @param {Found} found
 */
async function fill(facts, identifiers, hit, found) {
  const record = await recordOf(hit, found);
  if (!record) return;
  const weight = record.molecular_weight === null ? null : `${record.molecular_weight.toFixed(2)} g/mol`;
  facts.append(...formula(record.formula ?? ""), [record.formula && weight ? " · " : "", weight ?? ""].join(""));
  showIdentifiers(identifiers, hit, record);
}

/**
 * What is known of a hit's molecule. Null for a description without a molecule in the corpus, and where a new release has
 * another structure under its id.
 * @param {Hit} hit
 * @param {Found} found
 */
export async function recordOf(hit, found) {
  const record = await molecule(moleculeId(hit, found) ?? hit.id).catch(() => null);
  return record?.smiles === hit.smiles ? record : null;
}

/**
 * @param {HTMLElement} list
 * @param {Hit} hit
 * @param {MoleculeRecord | null} record
 */
function showIdentifiers(list, hit, record) {
  const rows = [
    ["Id", hit.id],
    ["PubChem CID", hit.cid],
    ["SMILES", hit.smiles],
    ["InChIKey", record?.inchikey],
  ];
  list.replaceChildren(
    ...rows.flatMap(([label, value]) =>
      value ? [h("dt", {}, label), h("dd", {}, h("code", {}, value), copyButton(value, `${label} of ${hit.name ?? hit.id}`))] : [],
    ),
  );
}

/**
 * A molecular formula with its numbers below the line.
 * @param {string} text
 */
export const formula = (text) => text.split(/(\d+)/).map((part) => (/^\d/.test(part) ? h("sub", {}, part) : part));
