/**
 * What BatchNorm's running statistics cost a network that starts from random weights: the Dice of the same weights with the statistics that
 * training left and with statistics measured anew, for both ways in which they can follow.
 *
 *   node dist/bench/running-statistics.js DATA [STEPS] [SEEDS]     after npm run build; by default 150 steps and seeds 1,2,3
 *
 * DATA holds train/ and val/. EfficientNet-B0, crops of half the tiles' side, batch 4.
 */
import { join } from "node:path";
import { Dataset, Model, Sampler, Trainer } from "../lib/index.js";

const [data, steps = "150", seeds = "1,2,3"] = process.argv.slice(2);
if (!data) throw new Error("usage: node dist/bench/running-statistics.js DATA [STEPS] [SEEDS]");
const everything = await Dataset.open(join(data, "train"));
const train = everything.subset(Array.from({ length: 200 }, (_, i) => Math.floor((i * everything.length) / 200)));
const validation = await Dataset.open(join(data, "val"));
const batch = 4;
const epochs = Math.ceil(Number(steps) / (train.length / batch));
const cropSize = Math.min(...train.sizes.map(({ height, width }) => Math.min(height, width))) / 2;

process.stdout.write(
  "| normMomentum | Seed | Dice with cells: as trained | measured anew | micro Dice: as trained | measured anew |\n",
);
process.stdout.write("|---|---|---|---|---|---|\n");
for (const seed of seeds.split(",").map(Number)) {
  for (const normMomentum of ["fixed", "adaptive"] as const) {
    using model = await Model.create({ encoder: "efficientnet-b0", seed, normMomentum });
    const sampler = Sampler.byComplexity(train, { seed });
    using trainer = new Trainer(model, {
      ...{ train, validation, sampler, seed, epochs, batch, accumulation: 1, cropSize, device: "cpu" },
      schedule: { maxLearningRate: 2e-3 },
    });
    using loop = await trainer.begin();
    for (let epoch = 0, step = 0; epoch < epochs; epoch++) {
      for (const one of loop.batches(sampler.draw(epoch))) if (step++ < Number(steps)) await loop.step(one);
    }
    const raw = await loop.validate();
    await loop.measureStatistics();
    const anew = await loop.validate();
    const cells = [raw.diceWithCells, anew.diceWithCells, raw.diceMicro, anew.diceMicro].map((value) => value.toFixed(3));
    process.stdout.write(`| ${normMomentum} | ${seed} | ${cells.join(" | ")} |\n`);
  }
}
