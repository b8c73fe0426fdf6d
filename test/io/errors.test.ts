import { beforeAll, describe, expect, it } from "vitest";
import { segmenterHandle } from "../../lib/addon/handles.js";
import { call } from "../../lib/addon/job.js";
import { AcinusError, CheckpointError, fromNative } from "../../lib/errors.js";
import { Model } from "../../lib/model/model.js";
import { Trainer } from "../../lib/train/trainer.js";
import { temporary } from "../temporary.js";
import { discs, quick } from "../train/toy.js";
import { inside, written } from "./files.js";
import { fixture } from "./weights.js";

const at = inside(temporary());
let model: Model;
beforeAll(async () => {
  model = await Model.create({ encoder: "efficientnet-b0", seed: 1 });
});

/** What the addon's error carries, whoever caught it. */
async function refusal(body: () => unknown): Promise<AcinusError> {
  try {
    await body();
  } catch (error) {
    if (error instanceof AcinusError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("an error of the addon", () => {
  it("carries the file that it is about", async () => {
    const file = written(at("page.pth"), "<html>");
    expect(await refusal(() => model.loadWeights(file))).toMatchObject({ code: "ACINUS_CHECKPOINT", file });
    const fits = at("b1.safetensors");
    using other = await Model.create({ encoder: "efficientnet-b1" });
    await other.save(fits);
    const mismatch = await refusal(() => model.loadWeights(fits));
    expect(mismatch).toBeInstanceOf(CheckpointError);
    expect(mismatch).toMatchObject({ code: "ACINUS_WEIGHTS_MISMATCH", file: fits });
  });

  it("carries the file and the value in it", async () => {
    const file = fixture("os-system.pth");
    const error = await refusal(() => model.loadWeights(file));
    expect(error).toMatchObject({ code: "ACINUS_CHECKPOINT", file, value: expect.stringMatching(/^(posix|os)\.system$/) });
    expect(error.message).toContain(error.value as string);
  });

  it("carries the value alone where there is no file, as text or as a number", async () => {
    const entry = await refusal(() => call(() => model[segmenterHandle].read(["encoder.nothing"])));
    expect(entry).toMatchObject({ code: "ACINUS_INVALID_ARGUMENT", value: "encoder.nothing" });
    expect(entry.file).toBeUndefined();
    expect(await refusal(() => model.to("cuda:x"))).toMatchObject({ code: "ACINUS_DEVICE", value: "cuda:x" });
    using trainer = new Trainer(model, { ...quick, train: discs(2, 32, 1), validation: discs(1, 32, 2), epochs: 1 });
    const loop = await trainer.begin();
    const index = await refusal(() => loop.step({ epoch: 0, indices: Int32Array.of(99) }));
    expect(index).toMatchObject({ code: "ACINUS_INVALID_ARGUMENT", value: 99 });
  });

  it("carries neither where the addon knows neither, and keeps what it came from as its cause", () => {
    const native = Object.assign(new Error("It went wrong."), { code: "ACINUS_NATIVE" });
    const error = fromNative(native) as AcinusError;
    expect([error.message, error.cause, error.file, error.value]).toEqual(["It went wrong.", native, undefined, undefined]);
  });
});
