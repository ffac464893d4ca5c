// Modules that are fetched when they are first asked for. The service may be away just then, and back a moment later.

import { LONGEST, NO_ANSWER, NO_CONNECTION, Problem } from "./api.js";

let failures = 0;

/**
 * @template T
 * @param {string} name of the module's file, without its ending
 * @returns {Promise<T>}
 */
export async function load(name) {
  try {
    const late = new Promise((_, reject) => setTimeout(() => reject(new Problem(NO_ANSWER)), LONGEST));
    // Some browsers keep that an address failed; another one is tried then.
    return await Promise.race([late, import(failures ? `./${name}.js?again=${failures}` : `./${name}.js`)]);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    failures += 1;
    throw new Problem(NO_CONNECTION);
  }
}
