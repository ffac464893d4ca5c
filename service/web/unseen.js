// What is asked for only once it is in sight, and all of it at once where the page is printed.

/** @type {WeakMap<Element, () => Promise<void>>} */
const waiting = new WeakMap();

const observer = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) if (isIntersecting) void see(target);
});

/**
 * @param {Element} element
 * @param {() => Promise<void>} act what to do when the element comes into sight, once
 */
export function whenSeen(element, act) {
  waiting.set(element, act);
  observer.observe(element);
}

/** @param {Element} element */
async function see(element) {
  const act = waiting.get(element);
  waiting.delete(element);
  observer.unobserve(element);
  await act?.();
}

const images = () => [...document.querySelectorAll("img")];
const cards = () => [...document.querySelectorAll("#results .card")];

/** Asks for everything that is not yet in sight, and waits for it. */
export async function seeAll() {
  const pictures = images();
  for (const picture of pictures) picture.loading = "eager";
  const loaded = pictures.map((picture) => picture.decode().catch(() => undefined)); // a failed one shows its SMILES
  await Promise.all([...cards().map(see), ...loaded]);
}

/**
 * A browser prints at once what there is: whoever asks for it with keys waits until all is there, and what is printed
 * from a menu says where something lacks.
 */
export function printWhole() {
  window.addEventListener("beforeprint", () => {
    const whole = !cards().some((card) => waiting.has(card)) && images().every((image) => image.complete);
    document.body.classList.toggle("partly", !whole);
    void seeAll();
  });
  window.addEventListener("keydown", async (event) => {
    if (event.key.toLowerCase() !== "p" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
    event.preventDefault();
    await seeAll();
    window.print();
  });
}
