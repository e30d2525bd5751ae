import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

// `npm run dev` proxies to a hub (or to the mock hub of `npm run dev:mock`) at this address.
const hub = process.env.ATRIUM_URL ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [svelte()],
  build: {
    // Straight on to the class path: the hub serves `web/` from there, out of a jar or a reactor.
    outDir: 'target/classes/web',
    emptyOutDir: true,
    target: 'es2022',
    // The policy of the hub allows no data: scripts or fonts, so that nothing is inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: {
      '/api': { target: hub, changeOrigin: true },
      '/ws': { target: hub, ws: true, changeOrigin: true },
    },
  },
});
