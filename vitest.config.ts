import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const root = fileURLToPath(new URL(".", import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: /^acinus$/, replacement: `${root}lib/index.ts` },
      { find: /^acinus\/functional$/, replacement: `${root}lib/functional/index.ts` },
    ],
  },
  test: {
    include: ["test/**/*.test.ts"],
    pool: "forks",
    env: { ACINUS_OFFLINE: "1" }, // no test fetches anything
    maxWorkers: 1,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
