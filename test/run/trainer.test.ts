import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { beforeAll, describe, expect, it } from "vitest";
import { Dataset } from "../../lib/dataset/dataset.js";
import { Model } from "../../lib/model/model.js";
import { runLockName } from "../../lib/run/run-lock.js";
import { synthesize } from "../../lib/synth/synthesize.js";
import { Trainer } from "../../lib/train/trainer.js";
import { written } from "../io/files.js";
import { temporary } from "../temporary.js";
import { discs, quick } from "../train/toy.js";

const sets = { train: discs(4, 32, 1), validation: discs(2, 32, 2) };
const options = { ...quick, ...sets, epochs: 2, accumulation: 1 };
const locked = { code: "ACINUS_RUN_LOCKED" };
let model: Model;
beforeAll(async () => {
  model = await Model.create({ encoder: "efficientnet-b0", seed: 5 });
});
const fresh = () => join(temporary(), "run");
const isHeld = (folder: string) => existsSync(join(folder, runLockName));

describe("a trainer holds its run folder", () => {
  it("while it fits: another one is refused before it does anything, and both files and log are the first one's", async () => {
    const runFolder = fresh();
    using first = new Trainer(model, { ...options, runFolder });
    using second = new Trainer(model, { ...options, seed: 9, runFolder, overwrite: true });
    const refusals: unknown[] = [];
    const waiting: Promise<void>[] = [];
    await first.fit({
      onEvent: ({ type }) => {
        if (type !== "step") return;
        waiting.push(
          second.fit().then(
            () => undefined,
            (error) => void refusals.push(error),
          ),
        );
      },
    });
    await Promise.all(waiting);
    expect(refusals.length).toBe(4);
    for (const refusal of refusals) expect(refusal).toMatchObject({ ...locked, value: { pid: process.pid } });
    expect(JSON.parse(readFileSync(join(runFolder, "config.json"), "utf8")).train.seed).toBe(quick.seed);
    expect(isHeld(runFolder)).toBe(false);
  });

  it("until its loop is closed, or the trainer is", async () => {
    const runFolder = fresh();
    const first = new Trainer(model, { ...options, runFolder });
    const loop = await first.begin();
    using second = new Trainer(model, { ...options, runFolder, overwrite: true });
    await expect(second.begin()).rejects.toMatchObject(locked);
    loop.close();
    (await second.begin()).close();
    first.close();
    const third = new Trainer(model, { ...options, runFolder, resume: true });
    await third.begin();
    third.close();
    expect(isHeld(runFolder)).toBe(false);
  });

  it("no longer after an abort or an error", async () => {
    for (const how of ["abort", "throw"]) {
      const runFolder = fresh();
      using trainer = new Trainer(model, { ...options, runFolder });
      const controller = new AbortController();
      const reason = new Error("enough");
      const onEvent = ({ type }: { type: string }) => {
        if (type !== "step") return;
        if (how === "throw") throw reason;
        controller.abort(reason);
      };
      await expect(trainer.fit({ signal: controller.signal, onEvent })).rejects.toBe(reason);
      expect(isHeld(runFolder)).toBe(false);
    }
  });

  it("and does not go on with what another one has continued meanwhile", async () => {
    const runFolder = fresh();
    using first = new Trainer(model, { ...options, runFolder });
    (await first.begin()).close();
    using second = new Trainer(model, { ...options, runFolder, resume: true });
    (await second.begin()).close();
    await expect(first.fit()).rejects.toMatchObject({ code: "ACINUS_RUN_EXISTS", file: runFolder });
    (await second.begin()).close();
  });
});

describe("resume", () => {
  it('"auto" begins where there is no run, or one that never came to its configuration, and goes on where there is one', async () => {
    const runFolder = fresh();
    mkdirSync(runFolder);
    written(join(runFolder, "splits.json"), '{"train":[],"validation":[]}');
    expect(() => new Trainer(model, { ...options, runFolder, resume: true })).toThrow(/holds no run to continue.*"auto"/);
    for (const resumed of [false, true]) {
      using trainer = new Trainer(model, { ...options, runFolder, resume: "auto" });
      const controller = new AbortController();
      const starts: boolean[] = [];
      const fitting = trainer.fit({
        signal: controller.signal,
        onEvent: (event) => {
          if (event.type === "start") starts.push(event.resumed);
          if (event.type === "step") controller.abort();
        },
      });
      await expect(fitting).rejects.toThrow();
      expect(starts).toEqual([resumed]);
    }
  });

  it("names the mask, the image or the number of them that changed", async () => {
    const data = join(temporary(), "data");
    await synthesize(data, { images: 9, size: 32, validation: 1 / 3, emptyShare: 0 });
    const runFolder = fresh();
    const begin = async (resume: boolean) => {
      using train = await Dataset.open(join(data, "train"));
      using validation = await Dataset.open(join(data, "val"));
      using trainer = new Trainer(model, { ...options, train, validation, runFolder, resume });
      (await trainer.begin()).close();
    };
    await begin(false);
    await begin(true);
    const masks = join(data, "val", "masks");
    const [name] = readdirSync(masks) as [string];
    const [mask, image] = [join(masks, name), join(data, "val", "images", name)];
    const before = readFileSync(mask);
    written(mask, await sharp(before).negate().png().toBuffer());
    await expect(begin(true)).rejects.toMatchObject({
      code: "ACINUS_DATA_CHANGED",
      file: mask,
      message: expect.stringContaining(`the mask ${mask} was changed.`),
    });
    written(mask, before);
    const pixels = readFileSync(image);
    written(image, await sharp(pixels).negate().png().toBuffer());
    await expect(begin(true)).rejects.toMatchObject({ code: "ACINUS_DATA_CHANGED", file: image });
    written(image, await sharp(pixels).tiff({ compression: "none" }).toBuffer());
    await begin(true); // another format of the same pixels
    written(join(masks, "new.png"), before);
    written(join(data, "val", "images", "new.png"), await sharp(pixels).flip().png().toBuffer());
    await expect(begin(true)).rejects.toMatchObject({ message: expect.stringContaining("new.png was added") });
  });
});

it("a named checkpoint takes the place of a checkpoint, and of nothing else", async () => {
  const runFolder = fresh();
  using trainer = new Trainer(model, { ...options, runFolder });
  using loop = await trainer.begin();
  for (let time = 0; time < 2; time++) await loop.checkpoint("mine");
  const file = written(join(runFolder, "checkpoint-other.safetensors"), "weights of another program");
  await expect(loop.checkpoint("other")).rejects.toMatchObject({ code: "ACINUS_FILE_EXISTS", file });
  expect(readFileSync(file, "utf8")).toBe("weights of another program");
});

it("a fit that is aborted before it begins makes no folder", async () => {
  const runFolder = fresh();
  using trainer = new Trainer(model, { ...options, runFolder });
  await expect(trainer.fit({ signal: AbortSignal.abort(new Error("no")) })).rejects.toThrow("no");
  expect(existsSync(runFolder)).toBe(false);
});

it("weights of a run are not overwritten by the training that starts from them", async () => {
  const runFolder = fresh();
  using first = new Trainer(model, { ...options, runFolder });
  await first.fit();
  const weights = join(runFolder, "checkpoint-best.safetensors");
  using tuned = await Model.load(weights);
  using second = new Trainer(tuned, { ...options, runFolder, overwrite: true });
  await expect(second.fit()).rejects.toMatchObject({ code: "ACINUS_FILE_EXISTS", file: weights });
  expect(existsSync(weights)).toBe(true);
});
