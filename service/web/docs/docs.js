// Swagger UI over this service's own description.

// Swagger UI follows this class, not the browser.
const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", follow);
follow();

const swagger = /** @type {{ SwaggerUIBundle: (options: object) => void }} */ (/** @type {unknown} */ (window));
swagger.SwaggerUIBundle({ url: "openapi.json", dom_id: "#api", deepLinking: true, validatorUrl: null });
