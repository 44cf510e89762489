import { vitePreprocess } from "@sveltejs/vite-plugin-svelte";

/** Runes everywhere; styles live in app.css and in the components, never in a style attribute. */
export default { preprocess: vitePreprocess({ script: false }), compilerOptions: { runes: true } };
