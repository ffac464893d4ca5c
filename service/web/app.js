// The page: one search at a time, and the address bar as its only memory.

import { Problem, capabilities } from "./api.js";
import { about } from "./about.js";
import { endComparison } from "./compare.js";
import { byId, counted } from "./dom.js";
import { acceptFiles } from "./drop.js";
import { welcome } from "./examples.js";
import { setFilters, showFilters, standing } from "./filters.js";
import { find } from "./finder.js";
import { load } from "./load.js";
import { remember } from "./recent.js";
import { failure, leftOut, nothingAsked, results, waiting } from "./results.js";
import { emptyState, filterCount, readState, unread, writeState } from "./state.js";
import { namesAreKnown, offerNames } from "./suggestions.js";
import { understood } from "./understood.js";
import { printWhole } from "./unseen.js";

/** @import { Found } from "./finder.js" */
/** @import { SearchState } from "./types.d.ts" */

const form = /** @type {HTMLFormElement} */ (byId("search"));
const box = /** @type {HTMLTextAreaElement} */ (byId("query"));
let state = readState(location.search);
let running = new AbortController();
/** @type {Found | null} */
let latest = null;
/** The search whose hits are shown, however many of them. */
let shown = "";
/** The address that is shown, without what stands behind its #. */
let at = location.search;

/**
 * Makes a change of the search: a new address, and its results.
 * @param {Partial<SearchState>} change
 */
function go(change) {
  state = { ...state, ...change };
  const address = writeState(state);
  if (address === location.search) history.replaceState(null, "", address || "./");
  else {
    history.replaceState({ top: scrollY }, ""); // to come back to
    history.pushState(null, "", address || "./");
  }
  at = location.search;
  void show();
}

/** Shows what the address bar holds. */
async function show() {
  running.abort();
  running = new AbortController();
  const { signal } = running;
  box.value = state.q;
  setChoice("find", state.find);
  setFilters(state.filter);
  byId("left-out").replaceChildren(...leftOut(unread(location.search)));
  const search = writeState({ ...state, k: emptyState().k });
  const more = search === shown;
  shown = search;
  if (!more) endComparison();
  document.title = state.q ? `${state.q.trim().split("\n")[0].slice(0, 60)} – Molseek` : "Molseek";
  document.body.classList.toggle("fresh", !state.q.trim());
  if (!more) byId("understood").replaceChildren();
  latest = null;
  if (!state.q.trim()) {
    byId("results").replaceChildren(...(filterCount(state.filter) ? [nothingAsked()] : []), welcome(show));
    return;
  }
  say("Searching");
  // Hits that are only added to stay where they are.
  const impatient = setTimeout(() => more || byId("results").replaceChildren(waiting()), 150);
  try {
    const found = await find(state, signal);
    const cards = await results(found, state, go);
    if (signal.aborted) return;
    clearTimeout(impatient);
    latest = found;
    byId("understood").replaceChildren(understood(found, state, go));
    const onMore = document.activeElement?.classList.contains("more-hits");
    byId("results").replaceChildren(cards);
    const next = onMore && document.querySelector(".more-hits");
    if (next instanceof HTMLElement) next.focus({ preventScroll: true });
    say(found.hits.length ? `${counted(found.hits.length, "hit")} found` : "Nothing found");
    if (found.hits.length) remember(writeState(state));
    if (!offered) void offer().catch(() => undefined);
  } catch (error) {
    if (signal.aborted) return;
    clearTimeout(impatient);
    shown = "";
    endComparison();
    byId("understood").replaceChildren();
    const problem = error instanceof Problem ? error : new Problem({ title: "The page has a fault", detail: String(error), status: -1 });
    byId("results").replaceChildren(failure(problem, state, go));
    say("");
    if (!(error instanceof Problem)) throw error;
  }
}

/**
 * Tells those who cannot see the results change.
 * @param {string} text
 */
function say(text) {
  byId("status").textContent = text;
}

/**
 * @param {string} name
 * @param {string} value
 */
function setChoice(name, value) {
  const choice = form.querySelector(`[name="${name}"][value="${value}"]`);
  if (choice instanceof HTMLInputElement) choice.checked = true;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (box.value.trim()) go(another(box.value));
});

box.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  form.requestSubmit();
});

byId("find").addEventListener("change", (event) => {
  const { value } = /** @type {HTMLInputElement} */ (event.target);
  const wanted = value === "texts" ? "texts" : "molecules";
  if (state.q.trim()) searchFor({ find: wanted });
  else state = { ...state, find: wanted };
});

/**
 * Does what a button asks for; what goes wrong is told where results are, with a way to try again.
 * @param {() => unknown} act
 */
async function attempt(act) {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    document.querySelector("dialog")?.close();
    shown = "";
    byId("results").replaceChildren(failure(error, state, go, () => void show().then(() => attempt(act))));
  }
}

/**
 * @param {string} id of the button
 * @param {() => unknown} act what a second click does not do once more before it is done
 */
function onClick(id, act) {
  let acting = false;
  byId(id).addEventListener("click", async () => {
    if (acting) return;
    acting = true;
    await attempt(act).finally(() => (acting = false));
  });
}

/**
 * A search for something else, of the same kind and within the filter that stands in its panel.
 * @param {string} q
 * @returns {SearchState}
 */
const another = (q) => ({ ...emptyState(), q, find: state.find, filter: standing() });

/**
 * Searches in another way, for what stands in the box.
 * @param {Partial<SearchState>} change
 */
function searchFor(change) {
  const typed = box.value.trim() && box.value !== state.q;
  go({ ...(typed ? another(box.value) : { filter: standing() }), ...change });
}

/** @param {SearchState["filter"]} filter */
const filterBy = (filter) => searchFor({ filter });

onClick("open-about", about);
onClick("open-map", async () => {
  const { openMap } = /** @type {typeof import("./map.js")} */ (await load("map"));
  await openMap(latest);
});
onClick("open-filters", () => showFilters(byId("filters").hidden === true, filterBy));

onClick("open-sketcher", async () => {
  const { openSketcher } = /** @type {typeof import("./sketcher.js")} */ (await load("sketcher"));
  await openSketcher(box.value, {
    use: (smiles) => go({ ...another(smiles), as: "structure" }),
    filter: (smarts) => filterBy({ ...standing(), has_substructure: [...(standing().has_substructure ?? []), smarts] }),
  });
});

// A click on a search within the page stays in the page; with a modifier key it is the browser's.
document.addEventListener("click", (event) => {
  if (event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const link = event.target instanceof Element && event.target.closest("a.onward, a#home");
  if (!(link instanceof HTMLAnchorElement)) return;
  event.preventDefault();
  state = readState(link.search);
  go({});
  window.scrollTo({ top: 0 });
  if (!state.q) box.focus();
});

window.addEventListener("popstate", async ({ state: left }) => {
  if (location.search === at) return; // a link within the page
  at = location.search;
  for (const dialog of document.querySelectorAll("dialog")) dialog.close();
  state = readState(location.search);
  const back = state;
  await show();
  // The browser has tried that already, while the page was as long as another search.
  if (left && state === back) window.scrollTo({ top: left.top });
});

acceptFiles((read) =>
  attempt(async () => go(another(await read()))),
);

let offered = false;

/** Shows what only some services have. */
async function offer() {
  const able = await capabilities();
  if (offered) return;
  offered = true;
  byId("open-map").hidden = !able.has("/corpus/map");
  if (await namesAreKnown()) offerNames(box, (name) => go(another(name)));
}

printWhole();
void show();
void offer().catch(() => undefined); // that a service is away is told by the first search, which tries this again
byId("unstarted").remove();
