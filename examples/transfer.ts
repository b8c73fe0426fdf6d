/**
 * Transfer: goes on from a network that was trained on other images. Its encoder rests for the first epochs and then learns more slowly.
 *
 *   node transfer.ts CHECKPOINT DATA RUN [EPOCHS]
 */
import { Dataset, describeLoad, Model, Sampler, Trainer } from "acinus";

const [checkpoint = "runs/a/checkpoint-best.safetensors", data = "data/new", runFolder = "runs/new", epochs = "20"] =
  process.argv.slice(2);
const former = await Model.load(checkpoint);
// A new network of the same kind that takes the encoder alone; what became of each entry is reported.
const model = await Model.create({ ...former.config, weights: checkpoint, weightsPart: "encoder", seed: 1 });
if (model.loadReport) console.log(describeLoad(model.loadReport));

// Images are mapped to the network's numbers as those of the former training were.
const dataset = await Dataset.open(data, { intensity: former.intensity });
const { train, validation } = dataset.split({ validation: 0.2, seed: 1 });
const trainer = new Trainer(model, {
  ...{ train, validation, sampler: Sampler.byComplexity(train), runFolder, epochs: Number(epochs), batch: 4 },
  frozenEncoderEpochs: Math.min(5, Number(epochs) - 1),
  optimizer: { encoderLearningRateFactor: 0.1 },
});
const { best } = await trainer.fit({ chooseCells: true });
console.log(`The best epoch is ${best?.epoch}.`);
trainer.close();
model.close();
former.close();
