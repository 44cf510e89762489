// Serves ui/dist as the window would: same strict CSP, one HTML file, nothing else. `startPreview` is used by the page tests.
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../dist/", import.meta.url));
/** The pseudo-languages of the page tests stand under /pseudo/; they are no part of the bundle. */
const PSEUDO = fileURLToPath(new URL("../.pseudo/compiled/", import.meta.url));
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".png": "image/png" };

/** The policy of the app (src-tauri/tauri.conf.json), with `connect-src 'self'` for the preview's own files. */
export const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self' ipc: http://ipc.localhost; frame-src 'none'; object-src 'none'; worker-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Starts on a free port (or `port`); answers the address and how to stop. */
export async function startPreview(port = 0) {
  const server = createServer(async (request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname)).replace(/^\/+/, "") || "index.html";
    const headers = { "Content-Security-Policy": CSP, "X-Content-Type-Options": "nosniff", "Cross-Origin-Opener-Policy": "same-origin", "Cache-Control": "no-store" };
    try {
      if (path.startsWith("..")) throw new Error("outside");
      const body = await readFile(path.startsWith("pseudo/") ? join(PSEUDO, path.slice("pseudo/".length)) : join(ROOT, path));
      response.writeHead(200, { ...headers, "Content-Type": TYPES[extname(path)] ?? "application/octet-stream" }).end(body);
    } catch {
      response.writeHead(path === "favicon.ico" ? 204 : 404, headers).end();
    }
  });
  await new Promise((ready) => server.listen(port, "127.0.0.1", ready));
  const address = server.address();
  return { url: `http://127.0.0.1:${address.port}/`, stop: () => new Promise((done) => (server.closeAllConnections(), server.close(done))) };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { url } = await startPreview(Number(process.argv[2] ?? 4173));
  console.log(`${url}?scenario=few`);
}
