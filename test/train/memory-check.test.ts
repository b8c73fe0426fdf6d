import { describe, expect, it } from "vitest";
import { Model } from "../../lib/model/model.js";
import { ampleMemory, checkMemory } from "../../lib/train/trainer-checks.js";
import { measuredMemory } from "./toy.js";

const decoderChannels = [256, 128, 64, 32, 16];
const network = { architecture: "unetplusplus", encoder: "efficientnet-b7", decoderChannels } as const;
const size = { height: 512, width: 512 };

/** Counts how often it is asked; a step takes a hundred bytes a pixel and image. */
const fake = (batch: number, asked: number[][]) => ({
  estimateMemory: (height: number, width: number) => {
    asked.push([height, width]);
    return { done: Promise.resolve(1000 + batch * height * width * 100), stop: () => undefined };
  },
});

describe("the memory check", () => {
  it("measures nothing where the step fits several times over", async () => {
    const asked: number[][] = [];
    await checkMemory(fake(1, asked), "cpu", size, 1, 0, 1);
    expect(asked).toEqual([]);
  });

  it("measures where memory may be short, and lets pass what fits", async () => {
    const asked: number[][] = [];
    await checkMemory(fake(1, asked), "cpu", size, 1, 0, Number.POSITIVE_INFINITY);
    expect(asked).toEqual([[512, 512]]);
  });

  it("refuses a batch that does not fit and names one that does", async () => {
    const batch = 1_000_000_000;
    const refusal = checkMemory(fake(batch, []), "cpu", size, batch, 0, ampleMemory(size, batch, 0, network));
    await expect(refusal).rejects.toMatchObject({ code: "ACINUS_NOT_ENOUGH_MEMORY" });
    await expect(refusal).rejects.toThrow(/A batch of \d+ would fit/);
  });

  it("never takes a wider decoder for ample", () => {
    expect(ampleMemory(size, 1, 0, { ...network, decoderChannels: [512, 128, 64, 32, 16] })).toBe(Number.POSITIVE_INFINITY);
    expect(ampleMemory(size, 1, 0, { ...network, decoderChannels: [128, 64, 32, 16, 16] })).toBeLessThan(
      Number.POSITIVE_INFINITY,
    );
  });

  it("takes for ample at least one and a half times what the largest of the networks with an encoder of their own is measured to need", async () => {
    using model = await Model.create({ architecture: "multiscale-attention-unet", width: 16 });
    const measured = await measuredMemory(model, 1);
    const ample = ampleMemory(size, 1, 4 * model.parameterCount, model.config);
    // Four times as wide, its activations are four times as large.
    expect(ample / (4 * measured)).toBeGreaterThan(1.5);
    expect(ampleMemory(size, 1, 0, { ...model.config, width: 65 })).toBe(Number.POSITIVE_INFINITY);
  });

  it("takes for ample at least one and a half times what the largest network is measured to need", async () => {
    using model = await Model.create({ encoder: network.encoder });
    const measured = await measuredMemory(model, 4);
    expect(ampleMemory(size, 4, 4 * model.parameterCount, network) / measured).toBeGreaterThan(1.5);
  });
});
