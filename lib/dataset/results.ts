import { join } from "node:path";
import { WrittenRecord } from "../system/written-record.js";

/** The files of a folder without predictions that acinus wrote into it. What somebody changed since is theirs. */
export async function withoutResults(folder: string, files: readonly string[]): Promise<string[]> {
  const record = await WrittenRecord.of(folder);
  const own = new Set<string>();
  for (const name of record.names) {
    if (record.sourceOf(name) !== undefined && (await record.isOurs(name))) own.add(join(folder, name));
  }
  return files.filter((file) => !own.has(file));
}
