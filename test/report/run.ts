/** A small run on drawn discs, as a user has it: images in folders, a run folder beside them. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { native } from "../../lib/addon/load.js";
import { Dataset, Model, Trainer } from "../../lib/index.js";
import { numbers } from "../predict/pictures.js";

// One thread: networks this small gain nothing from two, and the suite shares its machine.
native().setThreads(1);

/** Part of the name of an image: markup, if it is not escaped. */
export const hostile = `"'><img src=x onerror=alert(1)>&amp;`;
const size = 64;

/** Each image has two bright discs on a dark ground, but for every third, which is empty. */
export async function drawDiscs(folder: string, count: number, seed: number): Promise<void> {
  const random = numbers(seed);
  for (const kind of ["images", "masks"]) mkdirSync(join(folder, kind), { recursive: true });
  for (let i = 0; i < count; i++) {
    const discs =
      i % 3 === 2 ? [] : [0.28, 0.72].map((x) => [size * x, size * (0.3 + 0.4 * random()), size * (0.06 + 0.12 * random())]);
    const inside = (at: number) =>
      discs.some(([x = 0, y = 0, r = 0]) => ((at % size) - x) ** 2 + (Math.floor(at / size) - y) ** 2 < r * r);
    const mask = Uint8Array.from({ length: size * size }, (_, at) => (inside(at) ? 255 : 0));
    const rgb = Uint8Array.from({ length: 3 * size * size }, (_, at) => (mask[Math.floor(at / 3)] ? 150 : 30) + 40 * random());
    const name = `${i === 0 ? hostile : ""}${seed}-${i}.png`;
    await sharp(rgb, { raw: { width: size, height: size, channels: 3 } }).toFile(join(folder, "images", name));
    await sharp(mask, { raw: { width: size, height: size, channels: 1 } })
      .toColourspace("b-w")
      .toFile(join(folder, "masks", name));
  }
}

/** Trains into `folder/run` on `folder/data/train` and `folder/data/val`. */
export async function trainRun(folder: string, epochs = 2): Promise<{ run: string; validation: string }> {
  const [data, validation, run] = [join(folder, "data", "train"), join(folder, "data", "val"), join(folder, "run")];
  await drawDiscs(data, 6, 1);
  await drawDiscs(validation, 6, 2);
  using train = await Dataset.open(data);
  using val = await Dataset.open(validation);
  using model = await Model.create({ encoder: "efficientnet-b0", inputMode: "drop", seed: 3 });
  const options = { batch: 2, accumulation: 1, epochs, seed: 3, device: "cpu", memoryCheck: false } as const;
  using trainer = new Trainer(model, {
    ...options,
    train,
    validation: val,
    runFolder: run,
    schedule: { maxLearningRate: 2e-3 },
  });
  await trainer.fit();
  return { run, validation };
}
