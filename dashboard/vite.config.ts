import { join } from "node:path";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// eslint-disable-next-line import/no-default-export -- Vite takes nothing else
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    target: "es2023",
    // Those that have light-dark(): written out for others, it would follow the system, whatever was chosen.
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    // Under the page's policy nothing may be a `data:` URL.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      // The dashboard, the customers' portal, and what the guide's pages are made of.
      input: ["index.html", "portal.html", "guide.html"].map((name) =>
        join(import.meta.dirname, name),
      ),
      checks: { pluginTimings: false },
    },
  },
  server: {
    // `npm run dashboard:dev`, beside a server at its default address.
    proxy: Object.fromEntries(
      ["/api", "/session", "/guide", "/docs"].map((path) => [path, "http://127.0.0.1:8071"]),
    ),
  },
});
