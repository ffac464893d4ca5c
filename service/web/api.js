// The API as the page asks it. Addresses are relative to the page, so that a proxy may serve it under any path.

import { authorization } from "./key.js";

/** @import { PlacesAnswer, ReadStructure, SearchAnswer, MoleculeRecord, VersionAnswer, Statistics } from "./types.d.ts" */

/** An error response: its RFC 9457 problem details, or the HTTP status where there are none. */
export class Problem extends Error {
  /** @param {{ detail?: string, title?: string, code?: string, field?: string, status: number, errors?: { field: string, detail: string }[], retryAfter?: number }} body */
  constructor(body) {
    super(body.detail || body.title || `The service answered with status ${body.status}.`);
    this.title = body.title || "The search failed";
    this.code = body.code || "";
    this.field = body.field || "";
    this.status = body.status;
    this.errors = body.errors || [];
    this.retryAfter = body.retryAfter || 0;
  }
}

/**
 * @param {string} path
 * @param {RequestInit} [options]
 * @returns {Promise<any>}
 */
async function ask(path, options = {}) {
  let response;
  try {
    response = await fetch(path, { ...options, headers: { ...options.headers, ...authorization() } });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new Problem({ title: "No connection", detail: "The service cannot be reached. Is it running?", status: 0 });
  }
  const kind = response.headers.get("Content-Type") || "";
  if (response.ok) return kind.includes("json") ? response.json() : response.arrayBuffer();
  const body = kind.includes("json") ? await response.json() : {};
  throw new Problem({ ...body, status: response.status, retryAfter: Number(response.headers.get("Retry-After")) || 0 });
}

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
 * What a search finds, as an SD file.
 * @param {string} direction
 * @param {Record<string, unknown>} body
 * @returns {Promise<ArrayBuffer>}
 */
export function sdf(direction, body) {
  const headers = { "Content-Type": "application/json" };
  return ask(`search/${direction}?format=sdf`, { method: "POST", headers, body: JSON.stringify(body) });
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
export const corpusMap = () => ask("corpus/map");

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
