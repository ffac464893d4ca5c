// Words of the query in a description, marked, whatever their ending.

import { h } from "./dom.js";

const COMMON = new Set(
  ("a an and any are as at be by can for from has have in is it its made not of on or that the their this to used " +
    "which who with without").split(" "),
);

/**
 * What is left of a word without its ending: enough to tell that two are the same.
 * @param {string} word
 */
export function stem(word) {
  const lower = word.toLowerCase();
  if (lower.length < 5) return lower.replace(/s$/, "");
  return lower.replace(/(?:ically|ations?|ating|ated|ates|ives?|ings?|ies|ial|ical|ics?|als?|ed|es|s|y|e)$/, "");
}

/**
 * The words of a query that are worth marking, by their stems.
 * @param {string} query
 */
export function wanted(query) {
  const words = query.match(/[\p{L}\p{N}]+/gu) ?? [];
  return new Set(words.filter((word) => word.length > 1 && !COMMON.has(word.toLowerCase())).map(stem));
}

/**
 * A text as nodes, the wanted words in <mark>.
 * @param {string} text
 * @param {Set<string>} stems
 * @returns {(string | HTMLElement)[]}
 */
export function markWords(text, stems) {
  if (stems.size === 0) return [text];
  return text.split(/([\p{L}\p{N}]+)/u).map((part, odd) => (odd % 2 && stems.has(stem(part)) ? h("mark", {}, part) : part));
}
