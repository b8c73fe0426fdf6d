/** What the pages of a TIFF file are: channels, planes of a stack, or moments, as OME-XML and ImageJ's description say it. */

import type { TiffHeader } from "./tiff-header.js";
import { readXml } from "./xml.js";

/** Pages in their order in the file; the first axis varies fastest. */
export interface TiffAxes {
  /** Who says so. */
  readonly source: "OME" | "ImageJ" | "pages";
  readonly order: readonly { readonly axis: "C" | "Z" | "T"; readonly size: number }[];
  /** Names of the channels, where the file has them. */
  readonly channelNames: readonly string[];
  /** µm per pixel. */
  readonly pixelSize?: number;
}

const micrometres: Record<string, number> = {
  µm: 1,
  μm: 1,
  um: 1,
  micron: 1,
  microns: 1,
  "\\u00B5m": 1,
  nm: 1e-3,
  mm: 1e3,
  cm: 1e4,
  inch: 25400,
  m: 1e6,
};

/** Larger than this is what a printer is told (72 to 600 dots per inch), not a microscope. */
const largestPixel = 30;

export function tiffAxes(header: TiffHeader): TiffAxes {
  const { description, pages } = header;
  if (/<OME[\s>]/.test(description.slice(0, 4096))) return omeAxes(description, header);
  if (description.startsWith("ImageJ=")) return imagejAxes(description, header);
  const { x, unit } = header.resolution ?? { x: 0, unit: 1 };
  const pixelSize = unit === 3 ? plausible(1e4 / x) : unit === 2 ? plausible(25400 / x) : undefined;
  return { source: "pages", order: [{ axis: "Z", size: pages }], channelNames: [], pixelSize };
}

function imagejAxes(description: string, { resolution, pages }: TiffHeader): TiffAxes {
  const entry = (key: string) => new RegExp(`^${key}=(.*)$`, "m").exec(description)?.[1]?.trim();
  const count = (key: string) => Math.max(1, Math.trunc(Number(entry(key) ?? 1)) || 1);
  const [channels, slices, frames, images] = [count("channels"), count("slices"), count("frames"), count("images")];
  const unit = micrometres[entry("unit") ?? ""];
  const pixelSize = unit !== undefined && resolution ? plausible(unit / resolution.x) : undefined;
  const all = Math.max(images, pages);
  const fits = channels * slices * frames === all;
  const order = [
    { axis: "C" as const, size: fits ? channels : 1 },
    { axis: "Z" as const, size: fits ? slices : all },
    { axis: "T" as const, size: fits ? frames : 1 },
  ];
  return { source: "ImageJ", order, channelNames: [], pixelSize };
}

function omeAxes(description: string, { pages }: TiffHeader): TiffAxes {
  const names: string[] = [];
  let pixels: Readonly<Record<string, string>> | undefined;
  let images = 0;
  readXml(
    description,
    (name, attributes) => {
      if (name === "Image") images++;
      if (images > 1) return;
      if (name === "Pixels") pixels ??= attributes;
      if (name === "Channel") names.push(attributes.Name ?? "");
    },
    () => undefined,
  );
  const size = (axis: string) => Math.max(1, Math.trunc(Number(pixels?.[`Size${axis}`] ?? 1)) || 1);
  const dimensions = (pixels?.DimensionOrder ?? "XYCZT").slice(2).split("") as ("C" | "Z" | "T")[];
  const order = dimensions.filter((axis) => "CZT".includes(axis)).map((axis) => ({ axis, size: size(axis) }));
  const unit = micrometres[pixels?.PhysicalSizeXUnit ?? "µm"];
  const physical = Number(pixels?.PhysicalSizeX);
  const pixelSize = unit !== undefined ? plausible(physical * unit) : undefined;
  const channelNames = names.some((name) => name !== "") ? names : [];
  // RGB pages hold three samples that OME counts as channels.
  const total = order.reduce((product, { size: n }) => product * n, 1);
  if (total === pages) return { source: "OME", order, channelNames, pixelSize };
  const inPages = order.map(({ axis, size: n }) => ({ axis, size: axis === "C" ? Math.max(1, (n * pages) / total) : n }));
  const whole =
    inPages.reduce((product, { size: n }) => product * n, 1) === pages && inPages.every(({ size: n }) => Number.isInteger(n));
  return { source: "OME", order: whole ? inPages : [{ axis: "Z", size: pages }], channelNames, pixelSize };
}

function plausible(size: number): number | undefined {
  return Number.isFinite(size) && size > 0 && size < largestPixel ? size : undefined;
}
