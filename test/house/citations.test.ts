/** The package has no docs/: what its docstrings refer to must be in an editor too. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root } from "../pages.js";

it("comments of lib/ cite no page that is not shipped", () => {
  const files = readdirSync(join(root, "lib"), { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  const citing = files.filter((file) => {
    const comments = readFileSync(join(root, "lib", file), "utf8").match(/\/\*\*[\s\S]*?\*\/|\/\/ .*$/gm) ?? [];
    return comments.some((comment) => /(?<![\w/.-])docs\/|\bMETHOD\b|[A-Z]+\.md\b/.test(comment));
  });
  expect(citing).toEqual([]);
});
