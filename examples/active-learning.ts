/**
 * A round of active learning: trains a network with dropout on what is annotated, and names the images of which it is least sure. Annotate
 * those, add them to DATA, and start it again.
 *
 *   node active-learning.ts DATA UNLABELLED [COUNT] [EPOCHS]
 */
import { acquire, Dataset, findInputs, Model, Predictor, presets, Trainer } from "acinus";

const [data = "data/train", unlabelled = "data/unlabelled", count = "20", epochs = "20"] = process.argv.slice(2);
const { train, validation } = (await Dataset.open(data)).split({ validation: 0.2, seed: 1 });

const preset = presets["attention-unet-active"];
const model = await Model.create({ ...preset.model, width: 16, seed: 1 });
const trainer = new Trainer(model, { ...preset.train, train, validation, epochs: Number(epochs), batch: 4 });
await trainer.fit();
trainer.close();

const images = (await findInputs([unlabelled])).map(({ image }) => image);
const next = await acquire(new Predictor(model), images, { count: Number(count), by: "bald", passes: 10 });
for (const { rank, image, meanBald } of next) console.log(`${rank}. ${image}: ${meanBald?.toFixed(4)} nats`);
model.close();
