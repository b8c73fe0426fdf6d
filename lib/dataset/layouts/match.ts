/** Which file belongs to which, by their names. */
import { basename, parse } from "node:path";
import { type AcinusError, DataError } from "../../errors.js";

export interface Match {
  readonly name: string;
  readonly image: string;
  readonly mask: string;
}

export interface MatchOptions {
  /** What a mask's name may end with, beyond the image's name. */
  maskSuffix?: RegExp;
  /** What an image's name may end with, beyond the mask's. */
  imageSuffix?: RegExp;
}

export const maskSuffix = /[_-](cp[_-])?(masks?|labels?|instances?|segmentation|seg|gt)$/i;
export const imageSuffix = /[_-](img|image)$/i;

/**
 * Pairs by equal names first, then without suffixes, then without regard to case. Letters that are written in two ways (NFC, NFD) are equal.
 * What has no partner is a problem, and so is a name that two files claim.
 */
export function match(
  images: readonly string[],
  masks: readonly string[],
  options: MatchOptions = {},
): { pairs: Match[]; problems: AcinusError[] } {
  const rest = { images: [...images], masks: [...masks] };
  const problems: AcinusError[] = [];
  const pairs: Match[] = [];
  const bare = (name: string, suffix: RegExp | undefined) => (suffix ? name.replace(suffix, "") : name);
  const short = [(name: string) => bare(name, options.imageSuffix), (name: string) => bare(name, options.maskSuffix)] as const;
  const same = (name: string) => name;
  const lower = (change: (name: string) => string) => (name: string) => change(name).toLowerCase();
  for (const [ofImage, ofMask] of [
    [same, same],
    short,
    [lower(same), lower(same)],
    [lower(short[0]), lower(short[1])],
  ] as const) {
    const imageOf = byName(rest.images, ofImage, ofImage === same ? problems : undefined);
    const maskOf = byName(rest.masks, ofMask, ofMask === same ? problems : undefined);
    for (const [name, image] of imageOf) {
      const mask = maskOf.get(name);
      if (image === null || mask === undefined || mask === null) continue;
      pairs.push({ name: bare(stem(image), options.imageSuffix), image, mask });
    }
    const done = new Set(pairs.flatMap(({ image, mask }) => [image, mask]));
    const twins = new Set(problems.map(({ file }) => file));
    rest.images = rest.images.filter((file) => !done.has(file) && !twins.has(file));
    rest.masks = rest.masks.filter((file) => !done.has(file) && !twins.has(file));
  }
  for (const file of rest.images) {
    const fix = "Add a mask of the same name (all 0 where there are no cells) or remove the image.";
    problems.push(new DataError("ACINUS_MISSING_MASK", `The image ${file} has no mask.`, { file, fix }));
  }
  for (const file of rest.masks) {
    const fix = "Add the image of the same name or remove the mask.";
    problems.push(new DataError("ACINUS_MISSING_IMAGE", `The mask ${file} has no image.`, { file, fix }));
  }
  const order = new Map(images.map((image, i) => [image, i]));
  return { pairs: pairs.sort((a, b) => (order.get(a.image) as number) - (order.get(b.image) as number)), problems };
}

/** A file's name without folder and ending; of x.ome.tif too. */
export function stem(file: string): string {
  return parse(basename(file))
    .name.replace(/\.ome$/i, "")
    .normalize("NFC");
}

/** Files by what is left of their names; where several claim one, the first has it and the others are problems, or, without a list of problems, none has it. */
function byName(
  files: readonly string[],
  change: (name: string) => string,
  problems: AcinusError[] | undefined,
): Map<string, string | null> {
  const result = new Map<string, string | null>();
  for (const file of files) {
    const name = change(stem(file));
    const other = result.get(name);
    if (other === undefined) result.set(name, file);
    else if (!problems) result.set(name, null);
    else {
      const message = `${other} and ${file} both claim the name ${name}.`;
      problems.push(new DataError("ACINUS_NO_PAIRS", message, { file, fix: "Rename or remove one of them." }));
    }
  }
  return result;
}
