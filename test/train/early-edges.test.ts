import { expect, it } from "vitest";
import { native } from "../../lib/addon/load.js";
import { storeView } from "../../lib/dataset/types.js";
import {
  type AugmentKey,
  augmentDecisions,
  dihedralTransforms,
  displacementField,
  gaborEdges,
  remap,
} from "../../lib/functional/index.js";
import { Model } from "../../lib/model/model.js";
import { Trainer } from "../../lib/train/trainer.js";
import { discMask } from "../image/scene.js";
import { picture } from "../predict/pictures.js";
import { discs, quick } from "./toy.js";

const size = 64;
const area = size * size;
const pictures = [picture(size, size, 1).data, picture(size, size, 2).data];
const mask = discMask(size, size);
const store = new (native().SampleStore)();
for (const rgb of pictures) store.add(rgb, mask, size, size);
const validation = discs(1, size, 3);
const train = { ...discs(2, size, 1), [storeView]: { store, indices: Int32Array.of(0, 1) } };

const augment = { elastic: 1, brightnessContrast: 1, horizontalFlip: 1, verticalFlip: 0, rotate90: 1 };

/** The flips, turns and elastic deformation of a sample, on one [H, W] plane. */
function moved(plane: Float32Array, key: AugmentKey, interpolation: "bilinear" | "nearest"): Float32Array {
  const { horizontalFlip, quarterTurns } = augmentDecisions(key, augment);
  const names = [horizontalFlip ? "hflip" : "identity", ["identity", "rot90", "rot180", "rot270"][quarterTurns]];
  const turned = names.reduce(
    (values, name) => dihedralTransforms.find((one) => one.name === name)?.apply(values, [size, size]).data as Float32Array,
    plane,
  );
  return remap(turned, [1, size, size], displacementField(size, size, key, augment).data, interpolation);
}

/** What the network should see of one image, and what it should find. */
function expectedInput(rgb: Uint8Array, key: AugmentKey) {
  const { contrast, brightness } = augmentDecisions(key, augment);
  const planes = [0, 1, 2].map((channel) => {
    const values = moved(
      Float32Array.from({ length: area }, (_, i) => rgb[3 * i + channel] as number),
      key,
      "bilinear",
    );
    const [mean, deviation] = [[0.485, 0.456, 0.406][channel] as number, [0.229, 0.224, 0.225][channel] as number];
    return values.map((v) => (Math.min(255, Math.max(0, contrast * v + brightness)) / 255 - mean) / deviation);
  });
  const edges = moved(gaborEdges(rgb, size, size), key, "bilinear");
  return { planes: [...planes, edges], target: moved(Float32Array.from(mask), key, "nearest") };
}

// Of an identity start the loss would hardly depend on the edges.
const create = (beforeAugmentation: boolean) =>
  Model.create({ encoder: "efficientnet-b0", seed: 5, projectionInit: "kaiming", edges: { beforeAugmentation } });

async function firstLoss(beforeAugmentation: boolean): Promise<number> {
  using model = await create(beforeAugmentation);
  using trainer = new Trainer(model, { ...quick, train, validation, epochs: 1, augment });
  const loop = await trainer.begin();
  return (await loop.step({ epoch: 0, indices: Int32Array.of(0, 1) })).loss;
}

it("takes the edges of the pixels before augmentation, moved as the image is, where so configured", async () => {
  const images = pictures.map((rgb, index) => expectedInput(rgb, { seed: quick.seed, epoch: 0, index }));
  const input = Float32Array.from(images.flatMap(({ planes }) => planes.flatMap((plane) => Array.from(plane))));
  const target = Float32Array.from(images.flatMap((one) => Array.from(one.target)));
  using model = await create(true);
  const { loss } = await model.gradients(input, [2, 4, size, size], target, { seed: quick.seed, step: 0 });

  const [early, late] = [await firstLoss(true), await firstLoss(false)];
  expect(Math.abs(early / loss - 1)).toBeLessThan(1e-5);
  expect(Math.abs(late / loss - 1)).toBeGreaterThan(1e-3);
});

it("changes nothing where nothing is augmented, nor what a trained network is given to predict", async () => {
  const plain = async (beforeAugmentation: boolean) => {
    using model = await create(beforeAugmentation);
    using trainer = new Trainer(model, { ...quick, train, validation, epochs: 1, augment: { enabled: false } });
    const loop = await trainer.begin();
    const { loss } = await loop.step({ epoch: 0, indices: Int32Array.of(0, 1) });
    return { loss, validation: await loop.validate() };
  };
  expect(await plain(true)).toEqual(await plain(false));
});
