// The API key, where the service asks for one: kept for this tab only.

import { h } from "./dom.js";

const KEY = "molseek.key";
/** For as long as the page is open, where the browser keeps nothing. */
let unkept = "";

/** @returns {string} empty where none was given */
export function apiKey() {
  try {
    return sessionStorage.getItem(KEY) ?? "";
  } catch {
    return unkept;
  }
}

/**
 * The header that brings the key along.
 * @returns {Record<string, string>}
 */
export function authorization() {
  const key = apiKey();
  return key ? { Authorization: `Bearer ${key}` } : {};
}

/**
 * Asks for a key.
 * @param {() => void} given called when there is one
 */
export function keyForm(given) {
  const field = h("input", { type: "password", name: "key", autocomplete: "off", required: true, pattern: "\\s*[!-~]+\\s*", title: "Letters without accents, digits and signs; no spaces" });
  const form = h("form", { class: "key-form" }, h("label", {}, "API key", field), h("button", { type: "submit", class: "go" }, "Use this key"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    keep(field.value.trim());
    given();
  });
  return form;
}

/** @param {string} key */
function keep(key) {
  try {
    sessionStorage.setItem(KEY, key);
  } catch {
    unkept = key;
  }
}
