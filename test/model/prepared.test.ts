/** Convolutions made ready for inference (norms folded in, Winograd) beside the network as training computes it. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Precision, TypedTensor } from "../../lib/addon/contract.js";
import { segmenterHandle } from "../../lib/addon/handles.js";
import { settle } from "../../lib/addon/job.js";
import { Model } from "../../lib/index.js";
import { Trainer } from "../../lib/trainer.js";
import { discs, quick, temporary } from "../train/toy.js";
import { within } from "../within.js";
import { product, relativeError } from "./formula.js";

type Encoder = "efficientnet-b0" | "efficientnet-b7";

const logits = (model: Model, data: Float32Array, shape: number[], precision: Precision, prepared: boolean) =>
  settle(() => model[segmenterHandle].forward(data, shape, { precision, prepared }));

const random = (count: number, scale = 1, offset = 0) =>
  Float32Array.from({ length: count }, () => offset + scale * (2 * Math.random() - 1));

/** Norms whose folding can be seen: running statistics and weights that are not 0 and 1. Convolutions keep their random start. */
function withRandomNorms(model: Model): Model {
  const norm = /(bn\d|norm|\.conv\d\.1)\.(weight|bias|running_mean|running_var)$/;
  const drawn = model.entries
    .filter(({ name }) => norm.test(name))
    .map(({ name, shape }): [string, TypedTensor] => {
      const around = /weight|var/.test(name) ? 1 : 0;
      return [name, { data: random(product(shape), 0.3, around), shape }];
    });
  expect(drawn.length).toBeGreaterThan(100);
  model.loadStateDict(drawn, { strict: false });
  return model;
}

const create = async (encoder: Encoder, inputMode: "projection" | "drop" | "inflate") =>
  withRandomNorms(
    await Model.create({ encoder, inputMode, projectionInit: "kaiming", seed: Math.floor(Math.random() * 2 ** 31) }),
  );

const modes = ["projection", "drop", "inflate"] as const;
const cases = [...modes.map((mode) => ["efficientnet-b0", mode] as const), ["efficientnet-b7", "projection"] as const];

describe.each(cases)("%s, input mode %s, prepared for inference", (encoder, mode) => {
  const channels = mode === "drop" ? 3 : 4;
  const shapes = [
    [1, channels, 64, 96],
    [3, channels, 41, 70],
  ];

  it("gives the logits of the network as it trains", async () => {
    using model = await create(encoder, mode);
    for (const shape of shapes) {
      const data = random(product(shape), 2);
      const [expected, found] = [
        await logits(model, data, shape, "fp32", false),
        await logits(model, data, shape, "fp32", true),
      ];
      const error = relativeError(found.data, expected.data);
      within("logits of b0 and b7 prepared for inference against unprepared, of the largest", error, 1e-4, `at ${shape}`);
    }
  });

  it("in bf16 is as near to fp32 as the network that trains in bf16", async () => {
    using model = await create(encoder, mode);
    for (const shape of shapes) {
      const data = random(product(shape), 2);
      const exact = (await logits(model, data, shape, "fp32", false)).data;
      const [plain, found] = [await logits(model, data, shape, "bf16", false), await logits(model, data, shape, "bf16", true)];
      const [allowed, error] = [typicalError(plain.data, exact), typicalError(found.data, exact)];
      within("bf16 logits prepared for inference against fp32, root mean square of the largest", error, 2e-2, `at ${shape}`);
      expect(error).toBeLessThan(1.25 * allowed);
    }
  });
});

/** The root mean square of the differences, relative to the largest magnitude expected. */
function typicalError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [squares, largest] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    squares += ((actual[i] as number) - (expected[i] as number)) ** 2;
    largest = Math.max(largest, Math.abs(expected[i] as number));
  }
  return Math.sqrt(squares / expected.length) / largest;
}

describe("a network prepared for inference sees its new weights", () => {
  const shape = [1, 4, 64, 64];
  const data = random(product(shape), 2);
  const bothWays = async (model: Model) => {
    const prepared = (await logits(model, data, shape, "fp32", true)).data;
    expect(relativeError(prepared, (await logits(model, data, shape, "fp32", false)).data)).toBeLessThan(1e-4);
    return prepared;
  };

  it("after other weights were loaded", async () => {
    using model = await create("efficientnet-b0", "projection");
    const before = await bothWays(model);
    withRandomNorms(model);
    expect(relativeError(await bothWays(model), before)).toBeGreaterThan(1e-3);
  });

  it("after one tensor alone was written", async () => {
    using model = await create("efficientnet-b0", "projection");
    const before = await bothWays(model);
    const name = "decoder.blocks.x_0_4.conv1.1.running_mean";
    const entry = model.entries.find((one) => one.name === name);
    model.loadStateDict([[name, { data: random(product(entry?.shape ?? []), 1, 3), shape: entry?.shape ?? [] }]], {
      strict: false,
    });
    expect(relativeError(await bothWays(model), before)).toBeGreaterThan(1e-3);
  });

  const [train, validation] = [discs(4, 64, 1), discs(2, 64, 2)];
  it("after training with validations in between", async () => {
    using model = await create("efficientnet-b0", "projection");
    const before = await bothWays(model);
    using trainer = new Trainer(model, { ...quick, train, validation, epochs: 2, runFolder: join(temporary(), "run") });
    await trainer.fit();
    expect(relativeError(await bothWays(model), before)).toBeGreaterThan(1e-3);
  });
});
