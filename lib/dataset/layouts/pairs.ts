import { parse } from "node:path";
import { type AcinusError, DataError } from "../../errors.js";
import type { Folder } from "../folder.js";
import { unreadable } from "../formats/file.js";
import { decodeTruth } from "../masks.js";
import { withoutResults } from "../results.js";
import type { FoundSamples, Layout, LayoutSample } from "./layout.js";
import { imageSuffix, maskSuffix, match, stem } from "./match.js";

export const imageFolders = ["images", "image", "imgs", "img"];
const maskFolders = ["masks", "mask"];
const labelFolders = ["labels", "label", "instances", "gt", "ground_truth", "groundtruth", "ground truth"];

/** images/ with masks/, or labels/, or both: then masks/ says where cells are and labels/ which pixel is which cell's. */
export const pairs: Layout = {
  name: "pairs",
  title: "images/ with masks/ or labels/ of the same names",
  async find(folder) {
    const images = await only(folder, imageFolders, "images");
    const [masks, labels] = [await only(folder, maskFolders, "masks"), await only(folder, labelFolders, "labels")];
    if (!images || (!masks && !labels)) return null;
    const marked = masks && files(masks).length > 0 ? masks : (labels ?? masks);
    const found = await pairFolders(images, marked as Folder);
    if (!labels || marked === labels || found.samples.length === 0) return found;
    return { ...found, ...withLabels(found, labels) };
  },
};

/** Masks may be arrays too. */
const files = (folder: Folder) => [...folder.images(), ...folder.ending(".npy")].sort();

export async function pairFolders(images: Folder, masks: Folder): Promise<FoundSamples> {
  const { pairs: found, problems } = match(await withoutResults(images.path, images.images()), files(masks), {
    maskSuffix,
    imageSuffix,
  });
  return { samples: found, problems: withFormats(problems, [...images.passedOver(), ...masks.passedOver()]) };
}

/** Where the partner of a file is there in a format that is not read, that is the problem, and not that it is missing. */
function withFormats(problems: readonly AcinusError[], unread: readonly string[]): AcinusError[] {
  const byStem = new Map(unread.map((file) => [stem(file).replace(maskSuffix, ""), file]));
  return problems.map((problem) => {
    const missing = problem.code === "ACINUS_MISSING_IMAGE" || problem.code === "ACINUS_MISSING_MASK";
    const file = missing ? byStem.get(stem(problem.file as string).replace(maskSuffix, "")) : undefined;
    if (file === undefined) return problem;
    const format = parse(file).ext.slice(1).toUpperCase();
    return unreadable(file, `it is a ${format} file, and ${format} is not read`, "Save it as PNG or TIFF.");
  });
}

/** The one folder that has one of the names. @throws DataError where several claim it. */
export async function only(folder: Folder, names: readonly string[], what: string): Promise<Folder | undefined> {
  const found = folder.named(names);
  if (found.length > 1) {
    const list = found.map((name) => `${name}/`).join(" and ");
    const message = `In ${folder.path}, ${list} both claim to be the ${what}.`;
    throw new DataError("ACINUS_NO_PAIRS", message, { file: folder.path, value: found, fix: "Rename or move one of them." });
  }
  return found[0] === undefined ? undefined : folder.folder(found[0]);
}

function withLabels({ samples }: FoundSamples, labels: Folder): Pick<FoundSamples, "samples" | "note"> {
  const { pairs: found } = match(
    samples.map(({ image }) => image),
    files(labels),
    { maskSuffix, imageSuffix },
  );
  const labelOf = new Map(found.map(({ image, mask }) => [image, mask]));
  const result = samples.map((sample): LayoutSample => {
    const file = labelOf.get(sample.image);
    return file === undefined
      ? sample
      : { ...sample, readInstances: (options) => decodeTruth(file, { ...options, ignore: undefined, maskValues: "labels" }) };
  });
  return { samples: result, note: `cells from ${labels.name}/` };
}
