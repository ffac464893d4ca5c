// The drawing board: openchemlib's editor, loaded when it is first asked for. The page is whole without it.

import { Problem, alive, capabilities, readStructure } from "./api.js";
import { h } from "./dom.js";
import { panel } from "./panel.js";

const EDITOR = "./vendor/openchemlib.js";

/**
 * What the page uses of openchemlib.
 * @typedef {object} OpenChemLib
 * @property {new (element: HTMLElement, options?: object) => { getMolecule(): Molecule, setMolecule(molecule: Molecule): void, destroy(): void }} CanvasEditor
 * @property {{ fromSmiles(smiles: string): Molecule, fromMolfile(block: string): Molecule }} Molecule
 */
/** @typedef {{ getAllAtoms(): number, toMolfile(): string, toIsomericSmiles(): string }} Molecule */
/** @import { ReadStructure } from "./types.d.ts" */

/**
 * Opens the board.
 * @param {string} begin a structure to begin with, or anything else for an empty board
 * @param {{ use: (smiles: string) => void, filter: (smarts: string) => void }} done
 */
export async function openSketcher(begin, { use, filter }) {
  const board = h("div", { class: "board" });
  const asQuery = h("button", { type: "button", class: "go", disabled: true }, "Search for this");
  const asFilter = h("button", { type: "button", disabled: true }, "Hits must contain this");
  const failed = h("p", { class: "warning", role: "alert" });
  const actions = h("p", { class: "filter-actions" }, asQuery, asFilter);
  const dialog = panel("Draw a structure", h("div", {}, board, actions, failed), "sketcher");
  let library;
  try {
    library = /** @type {OpenChemLib} */ (await import(EDITOR));
  } catch {
    await alive(); // else it is the service that is missing
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
  /** @param {(drawn: ReadStructure) => void} act */
  const finish = (act) => async () => {
    const drawn = editor.getMolecule();
    failed.replaceChildren();
    if (drawn.getAllAtoms() === 0) return failed.replaceChildren("Draw a structure first.");
    try {
      act(await read(drawn));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      failed.replaceChildren(error.message); // the drawing stays, to be mended
    }
  };
  asQuery.addEventListener("click", finish(({ smiles }) => {
    dialog.close();
    use(smiles);
  }));
  asFilter.addEventListener("click", finish(({ smarts, no_smarts }) => {
    if (smarts === null) return failed.replaceChildren(no_smarts ?? "");
    dialog.close();
    filter(smarts);
  }));
  asQuery.disabled = asFilter.disabled = false;
}

/**
 * A drawing as the service sees it. Its molblock is sent: which rings are aromatic is seen differently by openchemlib and
 * RDKit, and openchemlib writes some double bonds next to each other as SMILES that contradict themselves.
 * @param {Molecule} drawn
 * @returns {Promise<ReadStructure>}
 */
async function read(drawn) {
  if ((await capabilities()).has("/structures/read")) return readStructure(drawn.toMolfile());
  const smiles = drawn.toIsomericSmiles();
  return { smiles, smarts: smiles, no_smarts: null };
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
