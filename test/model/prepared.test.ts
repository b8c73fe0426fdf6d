/** Convolutions made ready for inference (norms folded in, Winograd) beside the network as training computes it. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Model, ModelOptions } from "../../lib/index.js";
import { Trainer } from "../../lib/train/trainer.js";
import { temporary } from "../temporary.js";
import { discs, quick } from "../train/toy.js";
import { within } from "../within.js";
import { product, relativeError } from "./formula.js";
import { create, logits, random, withRandomNorms } from "./random-network.js";

const modes = ["projection", "drop", "inflate"] as const;
const cases: ModelOptions[] = [
  ...modes.map((inputMode) => ({ encoder: "efficientnet-b0", inputMode }) as const),
  { encoder: "efficientnet-b7" },
  { encoder: "efficientnet-lite0", architecture: "unet" },
  { encoder: "efficientnet-b0", architecture: "unet", decoderAttention: "scse" },
];

describe.each(cases)("%j, prepared for inference", (options) => {
  const channels = options.inputMode === "drop" ? 3 : 4;
  const shapes = [
    [1, channels, 64, 96],
    [3, channels, 41, 70],
  ];

  it("gives the logits of the network as it trains", async () => {
    using model = await create(options);
    for (const shape of shapes) {
      const data = random(product(shape), 2);
      const [expected, found] = [
        await logits(model, data, shape, "fp32", false),
        await logits(model, data, shape, "fp32", true),
      ];
      const error = relativeError(found.data, expected.data);
      within("logits prepared for inference against unprepared, of the largest", error, 1e-4, `at ${shape}`);
    }
  });
});

describe("a network prepared for inference sees its new weights", () => {
  const shape = [1, 4, 64, 64];
  const data = random(product(shape), 2);
  const bothWays = async (model: Model) => {
    const prepared = (await logits(model, data, shape, "fp32", true)).data;
    expect(relativeError(prepared, (await logits(model, data, shape, "fp32", false)).data)).toBeLessThan(1e-4);
    return prepared;
  };

  it("after other weights were loaded", async () => {
    using model = await create({ encoder: "efficientnet-b0" });
    const before = await bothWays(model);
    await withRandomNorms(model);
    expect(relativeError(await bothWays(model), before)).toBeGreaterThan(1e-3);
  });

  it("after one tensor alone was written", async () => {
    using model = await create({ encoder: "efficientnet-b0" });
    const before = await bothWays(model);
    const name = "decoder.blocks.x_0_4.conv1.1.running_mean";
    const entry = model.entries.find((one) => one.name === name);
    await model.loadStateDict([[name, { data: random(product(entry?.shape ?? []), 1, 3), shape: entry?.shape ?? [] }]], {
      strict: false,
    });
    expect(relativeError(await bothWays(model), before)).toBeGreaterThan(1e-3);
  });

  const [train, validation] = [discs(4, 64, 1), discs(2, 64, 2)];
  it("after training with validations in between", async () => {
    using model = await create({ encoder: "efficientnet-b0" });
    const before = await bothWays(model);
    using trainer = new Trainer(model, { ...quick, train, validation, epochs: 2, runFolder: join(temporary(), "run") });
    await trainer.fit();
    expect(relativeError(await bothWays(model), before)).toBeGreaterThan(1e-3);
  });
});
