// The API as the page asks it. Addresses are relative to the page, so that a proxy may serve it under any path.

import { authorization } from "./key.js";

/** @import { PlacesAnswer, ReadStructure, SearchAnswer, MoleculeRecord, VersionAnswer, Statistics } from "./types.d.ts" */

/** An error response: its RFC 9457 problem details, or the HTTP status where there are none. */
export class Problem extends Error {
  /** @param {{ detail?: string, title?: string, code?: string, field?: string, status: number, errors?: { field: string, detail: string }[] }} body */
  constructor(body) {
    super(forPeople(body.detail || body.title || `The service answered with status ${body.status}.`));
    this.title = body.title || "The search failed";
    this.code = body.code || "";
    this.field = body.field || "";
    this.status = body.status;
    this.errors = (body.errors || []).map(({ field, detail }) => ({ field, detail: forPeople(detail) }));
  }
}

/**
 * What a problem tells a program to do, as the page does it.
 * @param {string} detail
 */
function forPeople(detail) {
  return String(detail)
    .replace(" For a search by words, use POST /search/text2mol.", "")
    .replace("send each as an entry of queries", "search for one at a time");
}

/** Milliseconds that an answer may take: twice what the service gives a search, where it is not set otherwise. */
export const LONGEST = 60_000;

export const NO_CONNECTION = { title: "No connection", detail: "The service cannot be reached. Is it running?", status: 0 };

export const NO_ANSWER = {
  title: "No answer",
  detail: "The service has not answered for a minute. It may be overloaded, or have stopped.",
  status: 0,
};

/** The page of a proxy or of a log-in, in place of JSON. */
const NOT_MOLSEEK = {
  title: "Something else answered",
  detail: "What came is no answer of Molseek: perhaps a proxy or a log-in stands between. Reload the page.",
  status: 0,
};

/**
 * @template [T=any]
 * @param {string} path
 * @param {RequestInit} [options]
 * @param {(response: Response) => Promise<T>} [read] what is made of an answer
 * @returns {Promise<T>}
 */
async function ask(path, options = {}, read = (response) => response.json()) {
  const late = new AbortController();
  const limit = setTimeout(() => late.abort(), LONGEST);
  const signal = AbortSignal.any([late.signal, ...(options.signal ? [options.signal] : [])]);
  try {
    const response = await fetch(path, { ...options, signal, headers: { ...options.headers, ...authorization() } });
    if (response.ok) return await read(response);
    const body = await response.json().catch(() => ({})); // a proxy has no problem details
    throw new Problem({ ...body, status: response.status });
  } catch (error) {
    if (error instanceof Problem || options.signal?.aborted) throw error;
    if (late.signal.aborted) throw new Problem(NO_ANSWER);
    throw new Problem(error instanceof SyntaxError ? NOT_MOLSEEK : NO_CONNECTION);
  } finally {
    clearTimeout(limit);
  }
}

/** @param {Response} response */
const bytes = (response) => response.arrayBuffer();

/**
 * @param {"text2mol" | "mol2text" | "mol2mol"} direction
 * @param {Record<string, unknown>} body
 * @param {AbortSignal} [signal]
 * @returns {Promise<SearchAnswer>}
 */
export function search(direction, body, signal) {
  const headers = { "Content-Type": "application/json" };
  return ask(`search/${direction}`, { method: "POST", headers, body: JSON.stringify(body), signal });
}

/**
 * What a search finds, as an SD file, and the release that it comes from, where the service says.
 * @param {string} direction
 * @param {Record<string, unknown>} body
 * @returns {Promise<{ content: ArrayBuffer, release: string | null }>}
 */
export function sdf(direction, body) {
  const headers = { "Content-Type": "application/json" };
  return ask(`search/${direction}?format=sdf`, { method: "POST", headers, body: JSON.stringify(body) }, async (answer) => ({
    content: await bytes(answer),
    release: answer.headers.get("Molseek-Release"),
  }));
}

/**
 * A molecule by its id or PubChem CID. Slashes stay: ids may have them.
 * @param {string} id
 * @param {AbortSignal} [signal]
 * @returns {Promise<MoleculeRecord>}
 */
export const molecule = (id, signal) => ask(`molecules/${path(id)}`, { signal });

/**
 * What the service makes of a drawing, as a structure and as a substructure.
 * @param {string} structure a SMILES or molblock
 * @returns {Promise<ReadStructure>}
 */
export function readStructure(structure) {
  const headers = { "Content-Type": "application/json" };
  return ask("structures/read", { method: "POST", headers, body: JSON.stringify({ structure }) });
}

/** Throws a Problem unless the service answers. */
export const alive = () => ask("health/live");

/** @returns {Promise<VersionAnswer>} */
export const version = () => ask("version");

/** @returns {Promise<Statistics>} */
export const statistics = () => ask("corpus/statistics");

/**
 * Names that begin so.
 * @param {string} prefix
 * @param {AbortSignal} signal
 * @returns {Promise<any>}
 */
export const suggest = (prefix, signal) => ask(`suggest?${new URLSearchParams({ q: prefix })}`, { signal });

/** @param {string} id */
export const path = (id) => id.split("/").map(encodeURIComponent).join("/");

/** @returns {Promise<ArrayBuffer>} */
export const corpusMap = () => ask("corpus/map", {}, bytes);

/**
 * Where molecules and a query lie on the map; the query comes last, without an id.
 * @param {URLSearchParams} asked
 * @returns {Promise<PlacesAnswer>}
 */
export const places = (asked) => ask(`corpus/map/places?${asked}`);

/**
 * The molecule at a point of the map.
 * @param {number} number
 * @returns {Promise<{ id: string, name: string | null }>}
 */
export const point = (number) => ask(`corpus/map/${number}`);

/** @typedef {{ has: (path: string) => boolean, field: (schema: string, name: string) => boolean, format: (name: string) => boolean }} Capabilities */

/** @type {Promise<Capabilities> | undefined} */
let asked;

/**
 * What this service can do, read from its own description, so that the page works with older and newer ones.
 * @returns {Promise<Capabilities>}
 */
export function capabilities() {
  asked ??= ask("openapi.json").then((document) => ({
    has: (path) => path in document.paths,
    field: (schema, name) => name in (document.components.schemas[schema]?.properties ?? {}),
    format: (name) => formats(document).includes(name),
  }));
  asked.catch(() => (asked = undefined));
  return asked;
}

/**
 * The formats that searches answer in.
 * @param {any} document
 * @returns {string[]}
 */
function formats(document) {
  const parameters = document.paths["/search/text2mol"]?.post.parameters ?? [];
  return parameters.find((/** @type {{ name: string }} */ { name }) => name === "format")?.schema.enum ?? [];
}
