import { existsSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { InstallationError } from "../errors.js";

/** Bytes that may still be written to the file system of `folder` (which need not exist yet). */
export async function freeSpace(folder: string): Promise<number> {
  let existing = folder;
  while (!existsSync(existing) && dirname(existing) !== existing) existing = dirname(existing);
  const { bavail, bsize } = await statfs(existing);
  return bavail * bsize;
}

/** @throws InstallationError when fewer than `bytes` are free. */
export async function requireSpace(folder: string, bytes: number, purpose: string, fix = "Free some space."): Promise<void> {
  const free = await freeSpace(folder);
  if (free >= bytes) return;
  const gigabytes = (value: number) => `${(value / 1e9).toFixed(1)} GB`;
  const message = `Not enough disk space for ${purpose}: ${gigabytes(bytes)} needed, ${gigabytes(free)} free in ${folder}.`;
  throw new InstallationError("ACINUS_SETUP", message, { file: folder, value: free, fix });
}
