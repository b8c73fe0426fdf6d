/** Trains `presets.fast` and says the scores of every epoch as a line of JSON: TRAIN VALIDATION --epochs N --seed N --threads N --weights FILE. */
import { parseArgs } from "node:util";
import { presets } from "../../lib/config/presets.js";
import { Dataset } from "../../lib/dataset/dataset.js";
import { Model } from "../../lib/model/model.js";
import { Sampler } from "../../lib/train/sampler.js";
import { Trainer } from "../../lib/train/trainer.js";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    epochs: { type: "string", default: "12" },
    seed: { type: "string", default: "1" },
    threads: { type: "string" },
    weights: { type: "string", default: "random" },
  },
});
const [train = "", validation = ""] = positionals;
const seed = Number(values.seed);
using images = await Dataset.open(train);
using held = await Dataset.open(validation, { intensity: images.intensity });
using model = await Model.create({ ...presets.fast.model, weights: values.weights, seed });
using trainer = new Trainer(model, {
  ...{ ...presets.fast.train, epochs: Number(values.epochs), seed, device: "cpu" },
  ...{ train: images, validation: held, sampler: Sampler.byComplexity(images) },
});
await trainer.fit({
  onEvent: (event) => {
    if (event.type !== "epoch" || event.validation === null) return;
    const { dicePerImage, diceWithCells, diceMicro } = event.validation;
    process.stdout.write(`${JSON.stringify({ epoch: event.epoch + 1, dicePerImage, diceWithCells, diceMicro })}\n`);
  },
});
