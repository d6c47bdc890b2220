import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// eslint-disable-next-line import/no-default-export -- Vite takes nothing else
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    target: "es2023",
    // Under the page's policy nothing may be a `data:` URL.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: { checks: { pluginTimings: false } },
  },
  server: {
    // `npm run dashboard:dev`, beside a server at its default address.
    proxy: { "/api": "http://127.0.0.1:8071", "/session": "http://127.0.0.1:8071" },
  },
});
