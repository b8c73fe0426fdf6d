/**
 * A sampler and a loss of one's own: images with many small cells are drawn more often, and the focal loss joins the Dice loss slowly.
 *
 *   node sampler-and-loss.ts DATA RUN [EPOCHS]
 */
import { Dataset, Model, Sampler, Trainer } from "acinus";
import { diceLoss, focalLoss } from "acinus/functional";

const [data = "data/train", runFolder = "runs/own", epochs = "10"] = process.argv.slice(2);
const dataset = await Dataset.open(data);
const { train, validation } = dataset.split({ validation: 0.2, seed: 1 });

// The statistics of the masks were measured when the data was opened: here the number of connected components.
const sampler = Sampler.weighted(train, ({ components }) => 1 + Math.log2(1 + components));

const model = await Model.create({ encoder: "efficientnet-b0", seed: 1 });
const trainer = new Trainer(model, {
  ...{ train, validation, sampler, runFolder, epochs: Number(epochs), batch: 4, accumulation: 1 },
  loss({ logits, target, shape, epoch }) {
    const dice = diceLoss(logits, target, { shape });
    const focal = focalLoss(logits, target, { shape });
    const weight = Math.min(1, epoch / 10);
    return {
      value: dice.value + weight * focal.value,
      terms: { ...dice.terms, ...focal.terms }, // shown in the log, beside the value
      gradient: dice.gradient.map((slope, i) => slope + weight * focal.gradient[i]),
    };
  },
});
const { best } = await trainer.fit({
  onEvent: (event) => event.type === "epoch" && console.log(`epoch ${event.epoch}: loss ${event.loss.toFixed(4)}`),
});
console.log(`The best epoch is ${best?.epoch}; its weights are in ${best?.checkpoint}.`);
trainer.close();
model.close();
