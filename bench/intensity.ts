/**
 * What a network that was trained on 8 bits makes of the same images from other cameras: 12 and 16 bits, a quarter of and four times the
 * exposure, hot pixels.
 *
 *   node dist/bench/intensity.js RUN DATA     after npm run build
 *
 * DATA holds images/ of 8 bits and masks/. Each copy of the images is evaluated as a set, and image by image, where nothing but the image
 * itself tells its brightness.
 */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, parse } from "node:path";
import sharp from "sharp";
import { Dataset, Evaluator, findWeights, Model, Predictor } from "../lib/index.js";

/** Grey values from those of 8 bits: `gain` times as large, and anything in between. */
interface Camera {
  readonly gain: number;
  /** Of a dark image. */
  readonly offset?: number;
  /** Share of pixels that are white. */
  readonly hot?: number;
  /** Where the camera's values end. */
  readonly full?: number;
  /** Nothing in between: an image of 8 bits saved in 16. */
  readonly stored?: boolean;
}

const hot = 1e-4;
const cameras: Record<string, Camera | null> = {
  "8 bits": null,
  "12 bits": { gain: 16 },
  "12 bits, hot pixels": { gain: 16, hot },
  "12 bits, 0.1 % hot pixels": { gain: 16, hot: 1e-3 },
  "12 bits, exposure ×0.25": { gain: 4 },
  "12 bits, exposure ×0.25, hot pixels": { gain: 4, hot },
  "12 bits, exposure ×4": { gain: 64 },
  "12 bits, exposure ×4, hot pixels": { gain: 64, hot },
  "12 bits, exposure ×4, saturated": { gain: 64, full: 4095 },
  "12 bits, exposure ×3": { gain: 48 },
  "12 bits over an offset of 200": { gain: 16, offset: 200 },
  "16 bits": { gain: 257 },
  "16 bits, hot pixels": { gain: 257, hot },
  "16 bits, exposure ×0.25": { gain: 64.25 },
  "8 bits saved in 16 as v · 257": { gain: 257, stored: true },
  "8 bits saved in 16 as v · 16, hot pixels": { gain: 16, hot, stored: true },
  "8 bits saved in 16, four times as bright, saturated": { gain: 1028, stored: true },
};

async function copyTo(
  folder: string,
  data: string,
  { gain, offset = 0, hot = 0, full = 65535, stored }: Camera,
): Promise<string> {
  mkdirSync(join(folder, "images"), { recursive: true });
  cpSync(join(data, "masks"), join(folder, "masks"), { recursive: true });
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const between = () => (stored ? 0 : random() - 0.5);
  for (const name of readdirSync(join(data, "images"))) {
    const { data: rgb, info } = await sharp(join(data, "images", name))
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    const values = new Uint16Array(rgb.length);
    for (let i = 0; i < values.length; i += info.channels) {
      const [shift, white] = [between(), random() < hot];
      for (let c = i; c < i + info.channels; c++) {
        const value = Math.round(((rgb[c] as number) + shift) * gain + offset);
        values[c] = white ? 65535 : Math.min(full, Math.max(0, value));
      }
    }
    const raw = { width: info.width, height: info.height, channels: info.channels };
    await sharp(values, { raw })
      .toColourspace(info.channels === 1 ? "grey16" : "rgb16")
      .png()
      .toFile(join(folder, "images", `${parse(name).name}.png`));
  }
  return folder;
}

const [run, data] = process.argv.slice(2);
if (!run || !data) throw new Error("usage: node dist/bench/intensity.js RUN DATA");
using model = await Model.load((await findWeights(run)).weights);
const predictor = new Predictor(model);
console.log("| | Dice per image | with cells | micro | micro, each image alone |\n|---|---|---|---|---|");
for (const [name, camera] of Object.entries(cameras)) {
  const folder = mkdtempSync(join(tmpdir(), "acinus-intensity-"));
  try {
    const here = camera ? await copyTo(folder, data, camera) : data;
    using set = await Dataset.open(here, { intensity: model.intensity });
    const { dicePerImage, diceWithCells, diceMicro } = await new Evaluator(model, { bootstrapRounds: 0 }).evaluate(set);
    let [both, either] = [0, 0];
    for (let i = 0; i < set.length; i++) {
      const { mask } = await predictor.predict(set.at(i).files.image);
      const truth = (await set.at(i).pixels()).mask as Uint8Array;
      for (let at = 0; at < mask.length; at++) {
        both += (mask[at] as number) & (truth[at] as number);
        either += (mask[at] as number) + (truth[at] as number);
      }
    }
    const scores = [dicePerImage.value, diceWithCells.value, diceMicro.value, (2 * both) / either];
    console.log(`| ${[name, ...scores.map((score) => score.toFixed(4))].join(" | ")} |`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
