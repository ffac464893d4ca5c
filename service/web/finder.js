// From what somebody typed to an answer: the server is asked whether it is a structure, never guessed at here.

import { Problem, capabilities, molecule, search } from "./api.js";

/** @import { Hit, MorganReference, SearchState, Understood } from "./types.d.ts" */

/**
 * @typedef {object} Found
 * @property {"text2mol" | "mol2text" | "mol2mol" | "record"} direction how it was searched; record: an id looked up
 * @property {Record<string, unknown>} asked the body of the search
 * @property {Hit[]} hits
 * @property {(string | null)[]} cursors those with which the hits were asked for, page by page; null for the first
 * @property {string | null} next the cursor of the hits after these
 * @property {Understood} understood
 * @property {MorganReference | null} reference
 * @property {boolean} truncated
 * @property {number} milliseconds
 * @property {string} release
 */

// No word has a bracket in its middle; what does and is no structure has a fault that should be told.
const LIKE_SMILES = /^(?=.*[(%])[A-Za-z0-9()[\]=#@+\-%./\\]+$/;
const IDENTIFIER = /^(?:[A-Z]{14}-[A-Z]{10}-[A-Z]|\d{1,12}|(?:CID|[A-Za-z]{2,12})[:-]?\s?\d+)$/;

/**
 * Whether a text is written as nothing but a structure is: its fault is then the answer, not a reason to take it for words.
 * @param {string} query
 */
export const surelyStructure = (query) =>
  query.startsWith("InChI=") || /V[23]000|M {2}END/.test(query) || (/[=#[\]@\\]/.test(query) && !/\s/.test(query));

/**
 * What was typed without the space around it.
 * @param {SearchState} state
 */
const typed = ({ q }) => (/V[23]000/.test(q) ? molblock(q) : q.trim());

/**
 * A molblock with its three lines of header, which say nothing of the structure. Empty ones are lost or added where one
 * is copied by hand.
 * @param {string} text
 */
function molblock(text) {
  const lines = text.split("\n");
  const counts = lines.findIndex((line) => /^[\s\d]+V[23]000\s*$/.test(line));
  if (counts < 0 || counts > 6) return text;
  return ["", "", "", ...lines.slice(0, counts)].slice(-3).concat(lines.slice(counts)).join("\n");
}

/**
 * @param {SearchState} state
 * @param {AbortSignal} signal
 * @returns {Promise<Found>}
 */
export async function find(state, signal) {
  const query = typed(state);
  if (state.as === "text") return byText(state, signal, "vector");
  if (state.as === "structure" || surelyStructure(query)) return byStructure(state, signal);
  if (state.find === "texts") return (await describing(state, signal)) ?? byText(state, signal);
  const able = await capabilities();
  if (!able.field("Text2MolRequest", "mode")) return withoutNames(state, signal);
  const found = await byText(state, signal);
  if (found.understood.kind !== "text" || /\s/.test(query)) return found;
  return (await byIdentifier(query, signal)) ?? warned(found, state, signal);
}

/**
 * Services without a lexicon know texts and structures only.
 * @param {SearchState} state
 * @param {AbortSignal} signal
 */
async function withoutNames(state, signal) {
  const query = typed(state);
  if (/\s/.test(query)) return byText(state, signal);
  return (await byIdentifier(query, signal)) ?? (await describing(state, signal)) ?? warned(await byText(state, signal), state, signal);
}

/**
 * Descriptions of what the query is, null where it is a text.
 * @param {SearchState} state
 * @param {AbortSignal} signal
 */
async function describing(state, signal) {
  if (/\s/.test(typed(state)) && !(await capabilities()).field("Text2MolRequest", "mode")) return null;
  try {
    return await ask("mol2text", await common(state), signal);
  } catch (error) {
    if (error instanceof Problem && error.code === "query_unparsable") return null;
    throw error;
  }
}

/**
 * What was found for a text that looks like a structure with a fault in it, and what the fault is.
 * @param {Found} found
 * @param {SearchState} state
 * @param {AbortSignal} signal
 */
async function warned(found, state, signal) {
  if (!LIKE_SMILES.test(typed(state))) return found;
  try {
    await search("mol2text", { query: typed(state), k: 1 }, signal);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const remarks = [`As a structure it cannot be read: ${error.message}`, ...(found.understood.remarks ?? [])];
    found.understood = { ...found.understood, remarks };
  }
  return found;
}

/**
 * @param {SearchState} state
 * @param {AbortSignal} signal
 * @param {"auto" | "vector"} [mode] vector: taken for words, whatever it looks like
 */
async function byText(state, signal, mode = "auto") {
  const reference = state.reference && { reference: state.reference };
  const chosen = mode !== "auto" && (await capabilities()).field("Text2MolRequest", "mode") && { mode };
  return ask("text2mol", { ...(await common(state)), ...reference, ...chosen }, signal);
}

/**
 * @param {SearchState} state
 * @param {AbortSignal} signal
 */
async function byStructure(state, signal) {
  const able = await capabilities();
  if (state.find === "texts") return ask("mol2text", await common(state), signal);
  if (able.has("/search/mol2mol")) {
    const ranked = able.field("Mol2MolRequest", "rank_by") && { rank_by: state.rank };
    return ask("mol2mol", { ...(await common(state)), ...ranked }, signal);
  }
  if (able.field("Text2MolRequest", "mode")) {
    const like = await byText(state, signal); // a structure among texts finds molecules like it
    if (like.understood.kind === "structure") return like;
  }
  return ask("mol2text", await common(state), signal);
}

/**
 * A molecule looked up by its id, CID or InChIKey; null where the corpus has none.
 * @param {string} query
 * @param {AbortSignal} signal
 * @returns {Promise<Found | null>}
 */
async function byIdentifier(query, signal) {
  if (!IDENTIFIER.test(query)) return null;
  const started = performance.now();
  try {
    const record = await molecule(query.replace(/^CID[:-]?\s?/i, ""), signal);
    return {
      direction: "record",
      asked: {},
      cursors: [],
      next: null,
      hits: [{ ...record, rank: 1, score: NaN, confidence: null, morgan_similarity: null, molecule_id: record.id }],
      understood: { kind: "id", value: query },
      reference: null,
      truncated: false,
      milliseconds: performance.now() - started,
      release: "",
    };
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return null;
    throw error;
  }
}

/** @param {SearchState} state */
async function common(state) {
  const { formula, ...others } = state.filter;
  const known = typeof formula === "string" && (await capabilities()).field("Filter", "formula");
  const filter = known ? { ...others, formula: formula.split(/[\s,;]+/).filter(Boolean) } : others;
  return { query: typed(state), k: state.k, ...(Object.keys(filter).length && { filter }) };
}

/**
 * @param {"text2mol" | "mol2text" | "mol2mol"} direction
 * @param {Record<string, unknown>} body
 * @param {AbortSignal} signal
 * @returns {Promise<Found>}
 */
async function ask(direction, body, signal) {
  const answer = await search(direction, body, signal);
  const kind = direction === "text2mol" ? "text" : "structure"; // where the service does not say
  const { understood: [read] = [{ kind, value: answer.understood_as[0] }] } = answer;
  return {
    direction,
    asked: body,
    hits: answer.results[0],
    cursors: [null],
    next: answer.next_cursor ?? null,
    understood: read,
    reference: answer.morgan_reference[0],
    truncated: answer.truncated[0],
    milliseconds: answer.took_ms,
    release: answer.release,
  };
}

/**
 * Adds the next page of hits to those found.
 * @param {Found} found
 * @returns {Promise<Hit[]>} the new ones
 */
export async function findMore(found) {
  if (found.direction === "record") return [];
  const { results: [hits], next_cursor } = await search(found.direction, { ...found.asked, cursor: found.next });
  found.hits.push(...hits);
  found.cursors.push(found.next);
  found.next = next_cursor ?? null;
  return hits;
}
