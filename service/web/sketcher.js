// The drawing board: openchemlib's editor, loaded when it is first asked for. The page is whole without it.

import { h } from "./dom.js";
import { panel } from "./panel.js";

const EDITOR = "./vendor/openchemlib.js";

/**
 * What the page uses of openchemlib.
 * @typedef {object} OpenChemLib
 * @property {new (element: HTMLElement, options?: object) => { getMolecule(): Molecule, setMolecule(molecule: Molecule): void, destroy(): void }} CanvasEditor
 * @property {{ fromSmiles(smiles: string): Molecule, fromMolfile(block: string): Molecule }} Molecule
 */
/** @typedef {{ getAllAtoms(): number, toMolfile(): string, toIsomericSmiles(): string, toSmarts?(): string }} Molecule */

/**
 * Opens the board.
 * @param {string} begin a structure to begin with, or anything else for an empty board
 * @param {{ use: (smiles: string) => void, filter: (smiles: string) => void }} done
 */
export async function openSketcher(begin, { use, filter }) {
  const board = h("div", { class: "board" });
  const asQuery = h("button", { type: "button", class: "go", disabled: true }, "Search for this");
  const asFilter = h("button", { type: "button", disabled: true }, "Hits must contain this");
  const actions = h("p", { class: "filter-actions" }, asQuery, asFilter);
  const dialog = panel("Draw a structure", h("div", {}, board, actions), "sketcher");
  let library;
  try {
    library = /** @type {OpenChemLib} */ (await import(EDITOR));
  } catch {
    actions.remove();
    board.replaceWith(
      h("p", {}, "The drawing board is not installed here. Whoever runs this service can add it with ", h("code", {}, "make editor"), "; structures can be pasted as SMILES, InChI or molblock without it."),
    );
    return;
  }
  const editor = new library.CanvasEditor(board, { initialMode: "molecule" });
  const molecule = readable(library, begin);
  if (molecule) editor.setMolecule(molecule);
  dialog.addEventListener("close", () => editor.destroy());
  const finish = (/** @type {(smiles: string) => void} */ act) => () => {
    const drawn = editor.getMolecule();
    if (drawn.getAllAtoms() === 0) return;
    const smiles = drawn.toIsomericSmiles();
    dialog.close();
    act(smiles);
  };
  asQuery.addEventListener("click", finish(use));
  asFilter.addEventListener("click", finish(filter));
  asQuery.disabled = asFilter.disabled = false;
}

/**
 * @param {OpenChemLib} library
 * @param {string} text
 */
function readable({ Molecule }, text) {
  try {
    if (/V[23]000/.test(text)) return Molecule.fromMolfile(text);
    return text && !/\s/.test(text.trim()) ? Molecule.fromSmiles(text.trim()) : null;
  } catch {
    return null;
  }
}
