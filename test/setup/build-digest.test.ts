import { spawnSync } from "node:child_process";
import { appendFileSync, cpSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { built } from "../../lib/addon/addon-files.js";
import { loadAddon } from "../../lib/addon/load.js";
import { root } from "../cli/run.js";
import { temporary } from "../temporary.js";

const folder = temporary();

/** Of the compiled program with the addon of this build folder. */
function digest(build: string): string {
  const script = `import { buildDigest } from ${JSON.stringify(`${root}dist/lib/addon/build-digest.js`)}; console.log(buildDigest());`;
  const { stdout, stderr, status } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
    encoding: "utf8",
    env: { ...process.env, ACINUS_BUILD: build },
  });
  expect(stderr).toBe("");
  expect(status).toBe(0);
  return stdout.trim();
}

/** A build folder with the addon that is loaded here. */
function copied(name: string): string {
  const { files } = loadAddon();
  const copy = built(join(folder, name));
  cpSync(files.addon, copy.addon);
  cpSync(files.loader, copy.loader);
  return join(folder, name);
}

it("tells one build from another, wherever they lie, and the same one from none", () => {
  const [one, same, other] = [copied("one"), copied("same"), copied("other")];
  appendFileSync(built(other).addon, "x"); // behind the end of what is loaded
  expect(digest(one)).toMatch(/^[0-9a-f]{16}$/);
  expect(digest(same)).toBe(digest(one));
  expect(digest(other)).not.toBe(digest(one));
});
