import { basename, dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { fingerprint } from "../system/fingerprint.mjs";
import { loadAddon } from "./load.js";

/** Which build of the program runs: a digest of the addon and of this library's files, whatever their version says. */
export function buildDigest(): string {
  const { addon } = loadAddon().files;
  const native = fingerprint(dirname(addon), [basename(addon)]);
  return fingerprint(fileURLToPath(new URL("..", import.meta.url)), ["."], [native]).slice(0, 16);
}
