/**
 * Cross-validation, and an ensemble of what it trained: each image is scored by a network that never saw it, and new images by all networks.
 *
 *   node cross-validation.ts DATA IMAGE OUT [FOLDS] [EPOCHS] [GROUP]
 *
 * GROUP is a pattern in the names of the images: '^\d+' keeps images that begin with the same number, a patient's, on one side.
 */
import { Dataset, Ensemble, Evaluator, Model, Predictor, Trainer } from "acinus";

const [data = "data/train", image = "image.png", out = "cells.geojson", k = "5", epochs = "20", group] = process.argv.slice(2);
const dataset = await Dataset.open(data, group === undefined ? {} : { group: new RegExp(group) });

const members: Model[] = [];
for (const [fold, { train, validation }] of dataset.folds(Number(k), { seed: 1 }).entries()) {
  const model = await Model.create({ encoder: "efficientnet-b0", seed: fold });
  const trainer = new Trainer(model, { train, validation, epochs: Number(epochs), batch: 4, seed: fold });
  await trainer.fit({ chooseCells: true }); // threshold and separation, by the cells of the validation images
  trainer.close();
  const scores = await new Evaluator(model).evaluate(validation);
  console.log(`fold ${fold}: micro Dice ${scores.diceMicro.value.toFixed(3)} on ${validation.length} images`);
  members.push(model);
}

const ensemble = new Ensemble(members); // the mean of the probabilities
const prediction = await new Predictor(ensemble, { tta: true }).predict(image);
await prediction.save(out);
console.log(`${prediction.instances.length} cells in ${out}`);
ensemble.close(); // and its members
