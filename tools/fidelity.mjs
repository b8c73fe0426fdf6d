/**
 * Measures again what docs/fidelity.md says: runs the tests that compare with independent references, and puts the largest difference that
 * each part of the method showed into the page's table.
 *
 *   node tools/fidelity.mjs          after npm run build
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const page = join(root, "docs", "fidelity.md");
const [begin, end] = ["<!-- measured: node tools/fidelity.mjs -->", "<!-- end of measured -->"];
const folder = mkdtempSync(join(tmpdir(), "acinus-fidelity-"));
const notes = join(folder, "notes.jsonl");

const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
const tests = ["test/model", "test/loss", "test/image", "test/train", "test/eval", "test/predict", "test/native"];
const { status } = spawnSync(process.execPath, [vitest, "run", ...tests], {
  cwd: root,
  stdio: "inherit",
  env: { ...process.env, ACINUS_FIDELITY: notes },
});
const lines = existsSync(notes) ? readFileSync(notes, "utf8").trim().split("\n") : [];
rmSync(folder, { recursive: true });
if (status !== 0) throw new Error("A test failed; the page stays as it was.");

/** @type {Map<string, {difference: number, bound: number, comparisons: number}>} */
const rows = new Map();
for (const line of lines) {
  const { part, difference, bound } = JSON.parse(line);
  const row = rows.get(part) ?? { difference: 0, bound, comparisons: 0 };
  rows.set(part, { difference: Math.max(row.difference, difference), bound, comparisons: row.comparisons + 1 });
}
const table = [...rows]
  .sort(([a], [b]) => a.localeCompare(b, "en"))
  .map(
    ([part, { difference, bound, comparisons }]) =>
      `| ${part} | ${comparisons} | ${difference === 0 ? "0" : difference.toExponential(1)} | ${bound.toExponential(0)} |`,
  );
const head = ["| Part and reference | Comparisons | Largest difference | Allowed |", "|---|---|---|---|"];
const text = readFileSync(page, "utf8");
const [from, to] = [text.indexOf(begin) + begin.length, text.indexOf(end)];
writeFileSync(page, `${text.slice(0, from)}\n\n${[...head, ...table].join("\n")}\n\n${text.slice(to)}`);
