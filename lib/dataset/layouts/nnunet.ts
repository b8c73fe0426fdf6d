import { join } from "node:path";
import { DataError } from "../../errors.js";
import { type Channel, channelNumbers, describeChannels } from "../channels.js";
import { readImage } from "../decode.js";
import type { RawImage } from "../decoded.js";
import type { Folder } from "../folder.js";
import { readJson, unreadable } from "../formats/file.js";
import { interleave, type TypedArray } from "../formats/values.js";
import { decodeTruth } from "../masks.js";
import { notOutlines } from "../outlines.js";
import type { Truth } from "../truth.js";
import type { Layout, LayoutSample, ReadOptions } from "./layout.js";
import { match, stem } from "./match.js";

/** imagesTr/ with labelsTr/ and dataset.json: nnU-Net. Channels of an image are files of their own, numbered at the end of the name. */
export const nnunet: Layout = {
  name: "nnunet",
  title: "imagesTr/ with labelsTr/ and dataset.json (nnU-Net)",
  async find(folder) {
    if (!folder.folders.includes("imagesTr") || !folder.folders.includes("labelsTr")) return null;
    const { channels, labels } = await describe(folder);
    const images = (await folder.folder("imagesTr")).images();
    const masks = (await folder.folder("labelsTr")).images();
    const ofCase = new Map<string, string[]>();
    for (const image of images) {
      const name = stem(image).replace(/_\d{4}$/, "");
      ofCase.set(name, [...(ofCase.get(name) ?? []), image]);
    }
    const firsts = [...ofCase.values()].map(([first]) => first as string);
    const { pairs, problems } = match(firsts, masks, { imageSuffix: /_\d{4}$/ });
    const samples = pairs.map((pair): LayoutSample => {
      const files = ofCase.get(stem(pair.image).replace(/_\d{4}$/, "")) as string[];
      const readTruth = (options: ReadOptions) => readLabels(pair.mask, labels, options);
      if (files.length === 1) return { ...pair, readTruth };
      return { ...pair, readTruth, readImage: (options) => joinChannels(files, channels, options) };
    });
    return { samples, problems };
  },
};

interface Description {
  readonly channels: readonly string[];
  /** Values of the labels by name. */
  readonly labels: ReadonlyMap<string, number>;
}

async function describe(folder: Folder): Promise<Description> {
  if (!folder.files.includes("dataset.json")) return { channels: [], labels: new Map() };
  const path = join(folder.path, "dataset.json");
  const { channel_names, modality, labels } = (await readJson(path)) as Record<string, unknown>;
  const names = (channel_names ?? modality ?? {}) as Record<string, unknown>;
  if (typeof labels !== "object" || labels === null) throw notOutlines(path, "it names no labels");
  // The older form is { "0": "background" }, the newer one { "background": 0 }.
  const values = Object.entries(labels).map(([key, value]): [string, number] =>
    /^\d+$/.test(key) ? [String(value), Number(key)] : [key, Number(value)],
  );
  if (values.some(([, value]) => !Number.isInteger(value))) {
    throw notOutlines(path, "it has regions made of several labels, which are not read");
  }
  return { channels: Object.values(names).map(String), labels: new Map(values) };
}

/** A mask of classes under the names of dataset.json; what is called "ignore" there would have to be ignored. */
async function readLabels(path: string, labels: ReadonlyMap<string, number>, options: ReadOptions): Promise<Truth> {
  const value = (name: Channel) => labels.get(String(name)) ?? name;
  const ignore = [...(options.ignore ?? []).map(value), ...(labels.has("ignore") ? [labels.get("ignore") as number] : [])];
  const { classes } = options;
  const unknown = classes?.find((name) => !Number.isInteger(Number(value(name))));
  if (unknown !== undefined) {
    const known = [...labels.keys()].join(", ");
    throw new DataError("ACINUS_CONFIG", `There is no class ${unknown} in ${path}; there are ${known}.`, {
      file: path,
      value: unknown,
    });
  }
  const truth = await decodeTruth(path, { ...options, classes: classes?.map(value), ignore, maskValues: "classes" });
  const names = new Map([...labels].map(([name, number]) => [String(number), name]));
  return { ...truth, classes: truth.classes.map((number) => names.get(number) ?? number) };
}

async function joinChannels(
  files: readonly string[],
  names: readonly string[],
  { channels, ...options }: ReadOptions,
): Promise<RawImage> {
  const [first] = files as [string];
  if (!channels) {
    const fix = "Choose one to three by name or number, for example: --channels 0";
    throw unreadable(first, `with the files beside it, it holds ${describeChannels(files.length, names)}`, fix);
  }
  const numbers = channelNumbers(first, channels, files.length, names);
  const planes = await Promise.all(numbers.map((number) => readImage(files[number] as string, options)));
  const [one] = planes as [RawImage];
  for (const { width, height, values } of planes) {
    if (width !== one.width || height !== one.height)
      throw unreadable(first, "its channels are of different sizes", "Make them equal.");
    if (values.constructor !== one.values.constructor)
      throw unreadable(first, "its channels are of different types", "Save all of them in one type.");
  }
  const values = interleave(planes.map(firstChannel));
  return { ...one, values, channels: planes.length, picks: planes.map((_, i) => i), stains: true };
}

function firstChannel({ values, channels, picks: [pick = 0] }: RawImage): TypedArray {
  return channels === 1 ? values : (values.filter((_, i) => i % channels === pick) as TypedArray);
}
