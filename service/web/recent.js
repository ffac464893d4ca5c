// The last searches, kept in this browser and nowhere else.

import { counted, h } from "./dom.js";
import { DEFAULT_K, filterInWords, readState } from "./state.js";

const KEY = "molseek.recent";
const MOST = 8;

/** @returns {string[]} addresses, the latest first */
export function recent() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(kept) ? kept.filter((each) => typeof each === "string" && each.startsWith("?")).slice(0, MOST) : [];
  } catch {
    return []; // no storage, or something else wrote there
  }
}

/** @param {string} address the query string of a search that found something */
export function remember(address) {
  try {
    localStorage.setItem(KEY, JSON.stringify([address, ...recent().filter((each) => each !== address)].slice(0, MOST)));
  } catch {
    // Private windows may refuse; then nothing is remembered.
  }
}

/** @param {() => void} forgotten called when somebody has them forgotten */
export function recentList(forgotten) {
  const kept = recent();
  if (kept.length === 0) return null;
  const forget = h("button", { type: "button", class: "link" }, "Forget them");
  forget.addEventListener("click", () => {
    localStorage.removeItem(KEY);
    forgotten();
  });
  return h(
    "section",
    { class: "recent", "aria-labelledby": "recent-title" },
    h("h2", { id: "recent-title" }, "Your recent searches"),
    h("ul", {}, kept.map((address) => h("li", {}, h("a", { href: address, class: "onward" }, label(address)), h("small", {}, details(address))))),
    h("p", {}, forget),
  );
}

/** @param {string} address */
function label(address) {
  const line = readState(address).q.trim().split("\n")[0] || "molblock";
  return line.length > 70 ? `${line.slice(0, 69)}…` : line;
}

/**
 * What tells a search from another one for the same.
 * @param {string} address
 */
function details(address) {
  const { find, as, rank, k, filter } = readState(address);
  const parts = [
    find === "texts" && "descriptions",
    as !== "auto" && `as ${as}`,
    rank === "morgan" && "by fingerprint",
    ...filterInWords(filter),
    k !== DEFAULT_K && counted(k, "hit"),
  ];
  return parts.filter(Boolean).map((part) => ` · ${part}`).join("");
}
