import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadAddon } from "../addon/load.js";
import { fingerprint } from "./fingerprint.mjs";
import { packageRoot } from "./paths.js";

/** The version of this package. */
export function packageVersion(): string {
  return (JSON.parse(readFileSync(join(packageRoot(), "package.json"), "utf8")) as { version: string }).version;
}

/** Which build of the program runs: a digest of the addon and of this library's files, whatever their version says. */
export function buildDigest(): string {
  const { addon } = loadAddon().files;
  const native = fingerprint(dirname(addon), [basename(addon)]);
  return fingerprint(fileURLToPath(new URL("..", import.meta.url)), ["."], [native]).slice(0, 16);
}
