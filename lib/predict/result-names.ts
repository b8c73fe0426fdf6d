import { createHash } from "node:crypto";
import { realpath } from "node:fs/promises";
import { join, parse, relative, resolve, sep } from "node:path";
import { identityOf, requireWritable } from "../system/output-file.js";
import { entryAt } from "../system/regular-file.js";
import { WrittenRecord } from "../system/written-record.js";

/** How the results of one image are named. */
export interface ResultNames {
  readonly image: string;
  /** What stands before the endings. */
  readonly base: string;
  /** Whether another name was in the way of the image's own. */
  readonly differs: boolean;
  /** The image, relative to the folder of the results. */
  readonly from: string;
}

/**
 * Gives every image a name of its own for its results: the image's, without its ending where no other image shares it. Another one is taken
 * where a result would meet an image of this call, a result of another one, or that of another image of an earlier call; names that differ in
 * case alone meet too, because some file systems take them for one.
 * @param endings of the results of one image. @param reserved names of the folder that are for something else.
 * @throws AcinusError ACINUS_FILE_EXISTS where a name meets a file that acinus did not write.
 */
export async function nameResults(
  folder: string,
  images: readonly string[],
  endings: readonly string[],
  reserved: readonly string[],
): Promise<Map<string, ResultNames>> {
  const record = await WrittenRecord.of(folder);
  const root = await realpath(folder).catch(() => resolve(folder));
  const inputs = new Set(await Promise.all(images.map(identityOf)));
  const stems = new Map<string, number>();
  for (const stem of images.map((image) => folded(parse(image).name))) stems.set(stem, (stems.get(stem) ?? 0) + 1);
  const taken = new Set(reserved.map(folded));
  const result = new Map<string, ResultNames>();
  for (const image of images) {
    if (result.has(image)) continue;
    const { name: stem, base } = parse(image);
    const whole = (stems.get(folded(stem)) ?? 0) > 1 ? base : stem;
    const own = shortened(whole, endings);
    const from = relative(root, await realpath(image).catch(() => resolve(image))).replaceAll(sep, "/");
    for (const candidate of candidates(own)) {
      const files = endings.map((ending) => candidate + ending);
      if (files.some((file) => taken.has(folded(file)))) continue;
      if (!(await areFree(files, from))) continue;
      for (const file of files) taken.add(folded(file));
      result.set(image, { image, base: candidate, differs: candidate !== whole, from });
      break;
    }
  }
  return result;

  /** Free of images, and of what earlier calls made of other images. */
  async function areFree(files: readonly string[], from: string): Promise<boolean> {
    for (const file of files) {
      const path = join(folder, file);
      const entry = await entryAt(path).catch(() => undefined);
      if (!entry) continue;
      if (inputs.has(await identityOf(path))) return false;
      await requireWritable(path, { fix: folderFix });
      if (record.sourceOf(file) !== from) return false;
    }
    return true;
  }
}

/** File systems take no longer names, in bytes; so many are left for a number behind the name. */
const [longest, spare] = [255, 20];

/** A name that leaves room for the endings; a digest of the whole name tells those apart that begin alike. */
function shortened(name: string, endings: readonly string[]): string {
  const room = longest - spare - Math.max(0, ...endings.map((ending) => Buffer.byteLength(ending)));
  if (Buffer.byteLength(name) <= room) return name;
  const digest = `-${createHash("sha256").update(name).digest("hex").slice(0, 8)}`;
  const start = Buffer.from(name)
    .subarray(0, room - digest.length)
    .toString("utf8")
    .replace(/\uFFFD+$/, "");
  return start + digest;
}

/** What to do where a result would meet a file of the user's. */
export const folderFix = "Choose another folder for the results, or move that file away.";

function* candidates(own: string): Generator<string> {
  yield own;
  yield `${own}-predicted`;
  for (let n = 2; ; n++) yield `${own}-predicted-${n}`;
}

function folded(name: string): string {
  return name.normalize("NFC").toLowerCase();
}
