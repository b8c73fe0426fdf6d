import type { OverlayOptions } from "sharp";
import { AcinusError } from "../errors.js";
import { check, checkArray, checkObject, checkOptions, checkPath, checkText } from "../system/arguments.js";
import { checkNumber, checkRgb, checkShape, checkWhole } from "../system/arrays.js";
import { loadSharp } from "../system/image-library.js";
import { type ReplaceOptions, requireWritable, writeOutput } from "../system/output-file.js";
import { errorColours, viridis } from "./colour-map.js";
import { diceOf, errorView, maskView, type PanelSample, probabilityView, stretchedView, type View } from "./views.js";

export interface PanelOptions {
  /** From which probability on a pixel is drawn as found. Default: that of each sample (`panelSamples` gives the model's), otherwise 0.5. */
  threshold?: number;
  /** Side of a view in the picture, px. Default 256: small tiles are enlarged by whole factors without smoothing, large images reduced. */
  size?: number;
  /** First line of the picture. By default there is none. */
  heading?: string;
}

const margin = 24;
const gap = 12;
const captionHeight = 30;
const titleHeight = 30;
const legendHeight = 48;
const font = "font-family='DejaVu Sans, Helvetica, Arial, sans-serif'";
const ink = "#1b1b1b";
const background = "#ffffff";

interface Cell {
  readonly image: Buffer;
  readonly left: number;
  readonly top: number;
}

/**
 * Image (contrast stretched), truth, probability and error side by side, a row for each sample, as one PNG.
 * @throws AcinusError ACINUS_INVALID_ARGUMENT without samples
 */
export async function renderPanels(samples: readonly PanelSample[], options: PanelOptions = {}): Promise<Buffer> {
  checkSamples(samples);
  if (samples.length === 0) throw new AcinusError("ACINUS_INVALID_ARGUMENT", "A picture needs at least one sample.");
  checkOptions(options, "options", ["threshold", "size", "heading"]);
  const { threshold, size = 256, heading } = options;
  if (threshold !== undefined) checkNumber(threshold, "options.threshold", 0, 1);
  checkWhole(size, "options.size", 1);
  if (heading !== undefined) checkText(heading, "options.heading");
  const columns = samples.some((sample) => sample.truth)
    ? ["Image", "Truth", "Probability", "Error"]
    : ["Image", "Probability"];
  const headingHeight = heading ? 40 : 0;
  const width = 2 * margin + columns.length * size + (columns.length - 1) * gap;
  const rowHeight = captionHeight + size + gap;
  const bodyTop = margin + headingHeight + titleHeight;
  const height = bodyTop + samples.length * rowHeight + legendHeight + margin / 2;

  const cells: Cell[] = [];
  const text: string[] = [];
  if (heading) text.push(label(margin, margin + 20, heading, 20, "bold"));
  columns.forEach((column, index) => {
    text.push(label(margin + index * (size + gap), margin + headingHeight + 18, column, 15, "bold"));
  });
  for (const [row, sample] of samples.entries()) {
    const top = bodyTop + row * rowHeight;
    const at = threshold ?? sample.threshold ?? 0.5;
    text.push(label(margin, top + 19, clipped(captionOf(sample, at), width - 2 * margin), 13));
    for (const [column, view] of viewsOf(sample, at, columns.length > 2).entries()) {
      if (view) cells.push({ ...(await fitted(view, size)), left: margin + column * (size + gap), top: top + captionHeight });
    }
  }
  text.push(...legend(columns.length > 2, bodyTop + samples.length * rowHeight + 6));
  const svg = `<svg xmlns='http://www.w3.org/2000/svg' width='${width}' height='${height}'>${text.join("")}</svg>`;
  const layers: OverlayOptions[] = [
    ...cells.map(({ image, left, top }) => ({ input: image, left, top })),
    { input: Buffer.from(svg), left: 0, top: 0 },
  ];
  const sharp = await loadSharp();
  return sharp({ create: { width, height, channels: 3, background } })
    .composite(layers)
    .png({ compressionLevel: 9 })
    .toBuffer();
}

/**
 * As `renderPanels`, into a file, whole or not at all. A file that acinus wrote there before is replaced.
 * @throws AcinusError ACINUS_FILE_EXISTS where there is another one, unless `force`
 */
export async function savePanels(
  path: string,
  samples: readonly PanelSample[],
  options: PanelOptions & ReplaceOptions = {},
): Promise<void> {
  checkPath(path, "path");
  checkOptions(options, "options", ["threshold", "size", "heading", "force"]);
  const { force, ...rest } = options;
  await requireWritable(path, { force });
  await writeOutput(path, await renderPanels(samples, rest), { force });
}

function checkSamples(samples: readonly PanelSample[]): void {
  check(Array.isArray(samples), samples, "samples", "a list of samples");
  for (const [at, sample] of samples.entries()) {
    checkObject(sample, `samples[${at}]`, "{ title, rgb, truth, probability, height, width }", [
      "title",
      "rgb",
      "truth",
      "probability",
    ]);
    const { title, rgb, truth, probability, height, width } = sample;
    checkText(title, `samples[${at}].title`);
    checkRgb(rgb, height, width, `samples[${at}].rgb`);
    checkArray(probability, `samples[${at}].probability`, "Float32Array");
    checkShape(probability, [height, width], `samples[${at}].probability`);
    if (truth === null) continue;
    checkArray(truth, `samples[${at}].truth`, "Uint8Array");
    checkShape(truth, [height, width], `samples[${at}].truth`);
  }
}

function viewsOf(sample: PanelSample, threshold: number, withTruth: boolean): (View | null)[] {
  const { truth } = sample;
  const image = stretchedView(sample);
  const probability = probabilityView(sample);
  if (!withTruth) return [image, probability];
  return [image, truth && maskView(sample, truth), probability, truth && errorView(sample, truth, threshold)];
}

/** As a PNG, centred in a square; enlarged by a whole factor with hard pixels, reduced with smoothing. */
export async function fitted({ data, height, width }: View, size: number): Promise<{ image: Buffer }> {
  const longest = Math.max(height, width);
  const scale = longest <= size ? Math.floor(size / longest) : size / longest;
  const [w, h] = [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
  const [x, y] = [Math.floor((size - w) / 2), Math.floor((size - h) / 2)];
  const sharp = await loadSharp();
  const image = await sharp(data, { raw: { width, height, channels: 3 } })
    .resize(w, h, { fit: "fill", kernel: scale >= 1 ? "nearest" : "lanczos3" })
    .extend({ left: x, right: size - w - x, top: y, bottom: size - h - y, background: "#eeeeee" })
    .png()
    .toBuffer();
  return { image };
}

function captionOf(sample: PanelSample, threshold: number): string {
  const { title, truth } = sample;
  return truth ? `${title}  ·  Dice ${diceOf(sample, truth, threshold).toFixed(3)}` : title;
}

function legend(withTruth: boolean, top: number): string[] {
  const out: string[] = [];
  const swatch = (left: number, colour: readonly number[], name: string) => {
    out.push(
      `<rect x='${left}' y='${top + 8}' width='16' height='16' fill='rgb(${colour})' stroke='#999999' stroke-width='0.5'/>`,
    );
    out.push(label(left + 22, top + 21, name, 13));
  };
  const stops = Array.from({ length: 11 }, (_, i) => `<stop offset='${i * 10}%' stop-color='rgb(${viridis(i / 10)})'/>`);
  out.push(`<defs><linearGradient id='probability'>${stops.join("")}</linearGradient></defs>`);
  out.push(label(margin, top + 21, "Probability  0", 13));
  out.push(`<rect x='${margin + 96}' y='${top + 8}' width='110' height='16' fill='url(#probability)'/>`);
  out.push(label(margin + 212, top + 21, "1", 13));
  if (!withTruth) return out;
  swatch(margin + 260, errorColours.correct, "correct");
  swatch(margin + 350, errorColours.falsePositive, "false positive");
  swatch(margin + 490, errorColours.falseNegative, "false negative");
  return out;
}

function label(x: number, y: number, content: string, size: number, weight = "normal"): string {
  return `<text x='${x}' y='${y}' ${font} font-size='${size}' font-weight='${weight}' fill='${ink}'>${escaped(content)}</text>`;
}

function escaped(content: string): string {
  return content.replace(/[&<>'"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Keeps the end, where a file's name is. */
function clipped(content: string, width: number): string {
  const characters = Math.floor(width / 7.6);
  return content.length <= characters ? content : `…${content.slice(content.length - characters + 1)}`;
}
