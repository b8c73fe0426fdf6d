/**
 * Whether each system learns 8 images by heart, as it must: Dice of at least 0.97 on the images that it was trained on. One that does not is
 * examined before it is compared.
 *
 *   node dist/bench/overfit.js DATA [PRESET …] [--steps 600] [--width 16] [--encoder efficientnet-lite0]     after npm run build
 *
 * DATA holds images and masks, or train/ with them; the eight images with the most cell pixels among those with the first one's size are
 * taken. Without augmentation and dropout, uniformly drawn, each preset with its own loss; by default all presets of the paper's systems.
 * --width is that of the networks with an encoder of their own, --encoder that of the others. Prints a line a preset, and ends with code 1
 * where one stays below 0.97.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ownEncoder } from "../lib/config/networks.js";
import { Dataset, Evaluator, Model, type ModelOptions, type PresetName, presets, Trainer } from "../lib/index.js";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    steps: { type: "string", default: "600" },
    width: { type: "string", default: "16" },
    encoder: { type: "string", default: "efficientnet-lite0" },
  },
});
const [folder, ...given] = positionals;
if (folder === undefined) throw new Error("Name the folder of the data.");
const systems = [
  "unet",
  "attention-unet",
  "attention-unet-hybrid",
  "attention-unet-active",
  "multiscale-attention-unet",
  "enhanced",
];
const names = (given.length > 0 ? given : systems) as PresetName[];
const enough = 0.97;
const images = 8;
const batch = 4;
const epochs = Math.ceil(Number(values.steps) / (images / batch));

const whole = await Dataset.open(existsSync(join(folder, "train")) ? join(folder, "train") : folder);
const area = (i: number) => whole.maskStatistics[i]?.area ?? 0;
const [first] = whole.sizes;
const same = [...whole.sizes.keys()].filter((i) => {
  const size = whole.sizes[i];
  return size?.height === first?.height && size?.width === first?.width;
});
const train = whole.subset(same.sort((a, b) => area(b) - area(a)).slice(0, images));
let failed = 0;
for (const name of names) {
  const preset = presets[name];
  const architecture = (preset.model as ModelOptions).architecture ?? "unetplusplus";
  const own = ownEncoder(architecture) !== undefined;
  const network = own ? { width: Number(values.width), dropout: 0 } : { encoder: values.encoder, weights: "random" };
  using model = await Model.create({ ...preset.model, ...network, seed: 1 } as ModelOptions);
  using trainer = new Trainer(model, {
    ...preset.train,
    // What is learnt by heart is judged on what it was learnt from.
    ...{ train, validation: whole.subset(same.slice(images, 2 * images)), restoreBest: false },
    ...{ epochs, batch, accumulation: 1, device: "cpu", seed: 1, augment: { enabled: false } },
    ...{ schedule: { maxLearningRate: 2e-3 }, monitor: { every: epochs } },
  });
  const start = performance.now();
  await trainer.fit();
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  const dice = (await new Evaluator(model).evaluate(train)).dicePerImage.value;
  if (dice < enough) failed++;
  const verdict = dice < enough ? `below ${enough}` : "learnt";
  console.log(`${name.padEnd(26)} Dice ${dice.toFixed(4)} after ${epochs * (images / batch)} steps, ${seconds} s: ${verdict}`);
}
process.exitCode = failed > 0 ? 1 : 0;
