// From what somebody typed to an answer: the server is asked whether it is a structure, never guessed at here.

import { Problem, capabilities, molecule, search } from "./api.js";

/** @import { Hit, MorganReference, SearchAnswer, SearchState, Understood } from "./types.d.ts" */

/**
 * @typedef {object} Found
 * @property {"text2mol" | "mol2text" | "mol2mol" | "record"} direction how it was searched; record: an id looked up
 * @property {Hit[]} hits
 * @property {Understood} understood
 * @property {MorganReference | null} reference
 * @property {boolean} truncated
 * @property {number} milliseconds
 * @property {string} release
 */

const IDENTIFIER = /^(?:[A-Z]{14}-[A-Z]{10}-[A-Z]|\d{1,12}|(?:CID|[A-Za-z]{2,12})[:-]?\s?\d+)$/;

/**
 * Whether a text is written as nothing but a structure is: its fault is then the answer, not a reason to take it for words.
 * @param {string} query
 */
export const surelyStructure = (query) =>
  query.startsWith("InChI=") || /V[23]000|M {2}END/.test(query) || (/[=#[\]@\\]/.test(query) && !/\s/.test(query));

/**
 * What was typed without the space around it; in a molblock, lines count from the first, which may be empty.
 * @param {SearchState} state
 */
const typed = ({ q }) => (/V[23]000/.test(q) ? q : q.trim());

/**
 * @param {SearchState} state
 * @param {AbortSignal} signal
 * @returns {Promise<Found>}
 */
export async function find(state, signal) {
  const query = typed(state);
  if (state.as === "text") return byText(state, signal);
  if (state.as === "structure" || surelyStructure(query)) return byStructure(state, signal);
  const able = await capabilities();
  const understands = able.field("Text2MolRequest", "mode");
  if (!understands && IDENTIFIER.test(query)) {
    const found = await byIdentifier(query, signal);
    if (found) return found;
  }
  if (/\s/.test(query)) return byText(state, signal);
  if (understands && /^[A-Za-z]+$/.test(query)) {
    const found = await byText(state, signal); // PCP and CO are names first
    return found.understood.kind === "structure" ? byStructure(state, signal) : found;
  }
  try {
    return await byStructure(state, signal);
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== "query_unparsable") throw error;
    const found = await byText(state, signal);
    if (/[\d()%]/.test(query)) found.understood = { problem: `As a structure it cannot be read: ${error.message}`, ...found.understood };
    return found;
  }
}

/**
 * @param {SearchState} state
 * @param {AbortSignal} signal
 */
async function byText(state, signal) {
  const reference = state.reference && { reference: state.reference };
  return found("text2mol", await search("text2mol", { ...(await common(state)), ...reference }, signal), "text");
}

/**
 * @param {SearchState} state
 * @param {AbortSignal} signal
 */
async function byStructure(state, signal) {
  const direction = state.find === "molecules" && (await capabilities()).has("/search/mol2mol") ? "mol2mol" : "mol2text";
  return found(direction, await search(direction, await common(state), signal), "structure");
}

/**
 * A molecule looked up by its id, CID or InChIKey; null where the corpus has none.
 * @param {string} query
 * @param {AbortSignal} signal
 * @returns {Promise<Found | null>}
 */
async function byIdentifier(query, signal) {
  const started = performance.now();
  try {
    const record = await molecule(query.replace(/^CID[:-]?\s?/i, ""), signal);
    return {
      direction: "record",
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
  const filter = (await capabilities()).field("Filter", "formula") && formula ? { ...others, formula } : others;
  return { query: typed(state), k: state.k, ...(Object.keys(filter).length && { filter }) };
}

/**
 * @param {"text2mol" | "mol2text" | "mol2mol"} direction
 * @param {SearchAnswer} answer
 * @param {string} kind what the query was, where the service does not say
 * @returns {Found}
 */
function found(direction, answer, kind) {
  const understood = answer.understood_as[0];
  return {
    direction,
    hits: answer.results[0],
    understood: typeof understood === "string" ? { kind, value: understood } : understood,
    reference: answer.morgan_reference[0],
    truncated: answer.truncated[0],
    milliseconds: answer.took_ms,
    release: answer.release,
  };
}
