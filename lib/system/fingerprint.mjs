/** One hash of everything that a result was made from. Plain JavaScript: see lock.mjs. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/**
 * SHA-256 over names and contents of the files and, recursively, folders below `root`; missing ones count as empty.
 * @param {string} root
 * @param {readonly string[]} paths relative to root
 * @param {readonly string[]} [also] further text that goes in
 */
export function fingerprint(root, paths, also = []) {
  const hash = createHash("sha256");
  for (const path of [...paths].sort()) add(hash, root, path);
  for (const text of also) hash.update(`${text}\0`);
  return hash.digest("hex");
}

/**
 * @param {import("node:crypto").Hash} hash
 * @param {string} root
 * @param {string} path
 */
function add(hash, root, path) {
  const full = join(root, path);
  const stat = statSync(full, { throwIfNoEntry: false });
  if (!stat) return;
  if (stat.isDirectory()) {
    for (const name of readdirSync(full).sort()) add(hash, root, `${path}/${name}`);
    return;
  }
  hash.update(`${path}\0${stat.size}\0`).update(readFileSync(full));
}
