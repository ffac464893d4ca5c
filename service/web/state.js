// A search as an address and back: what is shared, and what the back button returns to.

/** @import { Filter, Range, SearchState } from "./types.d.ts" */

/** Properties that can be filtered by, in the order of the panel: name, label, unit, step of its fields. */
export const PROPERTIES = /** @type {const} */ ([
  ["molecular_weight", "Molecular weight", "g/mol", 1],
  ["exact_mass", "Exact mass", "g/mol", 1],
  ["logp", "logP", "", 0.1],
  ["tpsa", "Polar surface", "Å²", 1],
  ["hbd", "H-bond donors", "", 1],
  ["hba", "H-bond acceptors", "", 1],
  ["rings", "Rings", "", 1],
  ["rotatable_bonds", "Rotatable bonds", "", 1],
  ["heavy_atoms", "Heavy atoms", "", 1],
  ["formal_charge", "Formal charge", "", 1],
]);

export const DEFAULT_K = 10;
/** Hits that an address asks for at most. */
export const MOST_K = 100;

/** @returns {SearchState} */
export const emptyState = () => ({ q: "", as: "auto", find: "molecules", k: DEFAULT_K, rank: "embedding", filter: {}, reference: "" });

/**
 * @param {string} address the query string of an address
 * @returns {SearchState}
 */
export function readState(address) {
  const given = new URLSearchParams(address);
  const state = emptyState();
  state.q = (given.get("q") ?? "").replace(/\r\n?/g, "\n"); // as a text area has it
  const as = given.get("as");
  if (as === "text" || as === "structure") state.as = as;
  if (given.get("find") === "texts") state.find = "texts";
  const k = Number(given.get("k"));
  if (Number.isInteger(k) && k > 0) state.k = Math.min(k, MOST_K);
  if (given.get("rank") === "morgan") state.rank = "morgan";
  state.reference = given.get("reference") ?? "";
  state.filter = readFilter(given);
  return state;
}

/**
 * @param {SearchState} state
 * @returns {string} with its question mark, empty for no search
 */
export function writeState(state) {
  const parts = new URLSearchParams();
  if (state.q) parts.set("q", state.q);
  if (state.as !== "auto") parts.set("as", state.as);
  if (state.find !== "molecules") parts.set("find", state.find);
  if (state.k !== DEFAULT_K) parts.set("k", String(state.k));
  if (state.rank !== "embedding") parts.set("rank", state.rank);
  if (state.reference) parts.set("reference", state.reference);
  for (const [name] of PROPERTIES) {
    const range = /** @type {Range | undefined} */ (state.filter[name]);
    if (range) parts.set(name, `${range.min ?? ""}..${range.max ?? ""}`);
  }
  const { tags, has_substructure, lacks_substructure, formula } = state.filter;
  for (const tag of tags?.all ?? []) parts.append("tag", tag);
  for (const tag of tags?.none ?? []) parts.append("not_tag", tag);
  for (const smarts of has_substructure ?? []) parts.append("has", smarts);
  for (const smarts of lacks_substructure ?? []) parts.append("lacks", smarts);
  if (typeof formula === "string") parts.set("formula", formula);
  const text = parts.toString();
  return text && `?${text}`;
}

/**
 * @param {URLSearchParams} given
 * @returns {Filter}
 */
function readFilter(given) {
  /** @type {Filter} */
  const filter = {};
  for (const [name] of PROPERTIES) {
    const range = readRange(given.get(name));
    if (range) filter[name] = range;
  }
  const all = given.getAll("tag");
  const none = given.getAll("not_tag");
  if (all.length || none.length) filter.tags = { ...(all.length && { all }), ...(none.length && { none }) };
  const has = given.getAll("has");
  const lacks = given.getAll("lacks");
  if (has.length) filter.has_substructure = has;
  if (lacks.length) filter.lacks_substructure = lacks;
  const formula = given.get("formula");
  if (formula) filter.formula = formula;
  return filter;
}

/**
 * A filter in words, one thing it asks for at a time.
 * @param {Filter} filter
 */
export function filterInWords({ tags, has_substructure = [], lacks_substructure = [], formula, ...ranges }) {
  const words = PROPERTIES.flatMap(([name, label, unit]) => {
    const { min, max } = /** @type {Range} */ (ranges[name] ?? {});
    const least = min === undefined ? "" : `${min} ≤ `;
    const most = max === undefined ? "" : ` ≤ ${max}`;
    return least || most ? [`${least}${label}${most}${unit && ` ${unit}`}`] : [];
  });
  if (typeof formula === "string") words.push(`formula ${formula}`);
  words.push(...(tags?.all ?? []).map((tag) => `tag ${tag}`), ...(tags?.none ?? []).map((tag) => `not tag ${tag}`));
  words.push(...has_substructure.map((smarts) => `has ${smarts}`), ...lacks_substructure.map((smarts) => `lacks ${smarts}`));
  return words;
}

/**
 * `100..300`, `..3` or `1..`; nothing where that is not what it is.
 * @param {string | null} text
 * @returns {Range | undefined}
 */
function readRange(text) {
  const ends = text?.split("..").map((end) => end.trim());
  if (ends?.length !== 2 || !ends.some(Boolean) || !ends.every((end) => Number.isFinite(Number(end)))) return undefined;
  const [min, max] = ends;
  return { ...(min && { min: Number(min) }), ...(max && { max: Number(max) }) };
}

const SEVERAL = new Set(["tag", "not_tag", "has", "lacks"]);
/** What other sites add to links to know who follows them. */
const TRACKER = /^utm_|clid$/;

/**
 * Whether this is what the address may say under a name.
 * @type {Record<string, (value: string) => boolean>}
 */
const READABLE = {
  ...Object.fromEntries(["q", "reference", "formula", ...SEVERAL].map((name) => [name, () => true])),
  as: (value) => ["auto", "text", "structure"].includes(value),
  find: (value) => ["molecules", "texts"].includes(value),
  rank: (value) => ["embedding", "morgan"].includes(value),
  k: (value) => Number.isInteger(Number(value)) && Number(value) > 0,
  ...Object.fromEntries(PROPERTIES.map(([name]) => [name, (value) => readRange(value) !== undefined])),
};

/**
 * What of an address `readState` makes nothing of, as it is written there. Whoever wrote it by hand has to be told: the
 * search finds more without.
 * @param {string} address
 */
export function unread(address) {
  const met = new Set();
  const left = [...new URLSearchParams(address)].filter(([name, value]) => {
    const again = met.has(name) && !SEVERAL.has(name);
    met.add(name);
    return !TRACKER.test(name) && (again || !Object.hasOwn(READABLE, name) || !READABLE[name](value));
  });
  return left.map(([name, value]) => `${name}=${value}`);
}

/**
 * How many things a filter asks for.
 * @param {Filter} filter
 */
export function filterCount(filter) {
  const { tags, has_substructure = [], lacks_substructure = [], ...others } = filter;
  const lists = [tags?.any ?? [], tags?.all ?? [], tags?.none ?? [], has_substructure, lacks_substructure];
  return Object.keys(others).length + lists.reduce((sum, list) => sum + list.length, 0);
}
