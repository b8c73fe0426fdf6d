/** The boundary term looks at the distances of the mask that the network is trained on: the augmented one. */
import { expect, it } from "vitest";
import { Model, presets } from "../../lib/index.js";
import { Trainer, type TrainerOptions } from "../../lib/train/trainer.js";
import { discs, quick } from "./toy.js";

const size = 64;
const network = { architecture: "attention-unet", width: 2, seed: 3 } as const;

/** METHOD's signed distances of one mask, px, pixel pair by pixel pair: outside to the nearest cell; inside 1 less, negative. */
function distances(mask: Float32Array): Float64Array {
  const places = (value: number) => [...mask.keys()].filter((at) => mask[at] === value).map(place);
  const place = (at: number): [number, number] => [at % size, Math.floor(at / size)];
  const [cells, ground] = [places(1), places(0)];
  if (cells.length === 0 || ground.length === 0) return new Float64Array(mask.length);
  const nearest = ([x, y]: [number, number], all: [number, number][]) =>
    Math.sqrt(all.reduce((least, [u, v]) => Math.min(least, (x - u) ** 2 + (y - v) ** 2), Number.POSITIVE_INFINITY));
  return Float64Array.from(mask, (cell, at) => (cell ? 1 - nearest(place(at), ground) : nearest(place(at), cells)));
}

/** The first step of a training. */
async function firstStep(options: Partial<TrainerOptions>) {
  using model = await Model.create(network);
  const [train, validation] = [discs(4, size, 1), discs(2, size, 2)];
  using trainer = new Trainer(model, { ...quick, train, validation, epochs: 1, ...options });
  using loop = await trainer.begin();
  for (const batch of loop.batches([0, 1, 2, 3])) return loop.step(batch);
  throw new Error("no batch");
}

it.each([
  ["flips and rotations", { horizontalFlip: 1, verticalFlip: 1, rotate90: 1, elastic: 0, brightnessContrast: 0 }],
  ["elastic deformation", { horizontalFlip: 0, verticalFlip: 0, rotate90: 0, elastic: 1, brightnessContrast: 0 }],
  ["all together", { horizontalFlip: 1, verticalFlip: 1, rotate90: 1, elastic: 1, brightnessContrast: 1 }],
])("under %s", async (_, augment) => {
  const seen: { logits: Float32Array; target: Float32Array }[] = [];
  await firstStep({
    augment,
    loss: ({ logits, target }) => {
      seen.push({ logits: logits.slice(), target: target.slice() });
      return { value: 1, gradient: new Float32Array(logits.length) };
    },
  });
  const { terms } = await firstStep({ augment, loss: presets["attention-unet-hybrid"].train.loss });
  const [{ logits, target } = { logits: new Float32Array(), target: new Float32Array() }] = seen;
  const images = [0, 1].map((i) => target.subarray(i * size * size, (i + 1) * size * size));
  let sum = 0;
  for (const [i, mask] of images.entries()) {
    const exact = distances(mask);
    for (const [at, d] of exact.entries()) sum += d / (1 + Math.exp(-(logits[i * size * size + at] as number)));
  }
  const boundary = sum / target.length;
  expect(Math.abs((terms.boundary as number) - boundary) / Math.abs(boundary)).toBeLessThan(1e-5);
  expect(target.some((value) => value === 1)).toBe(true);
});
