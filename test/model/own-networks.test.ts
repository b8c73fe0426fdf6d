/** The networks with an encoder of their own, against plain PyTorch modules with MONAI's attention gate and torchvision's atrous pyramid. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ArchitectureName } from "../../lib/config/networks.js";
import { dropConnectMask } from "../../lib/functional/index.js";
import { Model } from "../../lib/index.js";
import { within } from "../within.js";
import {
  fill,
  image,
  inventoryHash,
  type Logits,
  product,
  relativeError,
  steady,
  subsample,
  uniform,
  unpacked,
} from "./formula.js";
import { logits } from "./random-network.js";
import { deviations, worstOf } from "./summaries.js";

interface Case {
  architecture: ArchitectureName;
  width: number;
  dropout: number;
  atrousRates: number[];
  /** Of its entries. */
  sha256: string;
  eval: Logits[];
  step: {
    shape: number[];
    seed: { seed: number; step: number } | null;
    loss: number;
    logits: string;
    /** Of each place with dropout, of each feature map: which images keep it. */
    masks: Record<string, number[][]> | null;
    gradients: string;
    running: string;
  };
}

const file = new URL("../fixtures/model/own-networks.json", import.meta.url);
const cases = JSON.parse(readFileSync(file, "utf8")) as Case[];
const pixels = (shape: number[]) => product(shape) / (shape[1] as number);
const target = (shape: number[]) => Uint8Array.from(uniform("target", pixels(shape)), (u) => Number(u > 0.4));
const short = { probes: 1, sample: 0 };

describe.each(cases)("$architecture of width $width, dropout $dropout, atrous rates $atrousRates", (one) => {
  const { architecture, width, dropout, atrousRates, step } = one;
  const part = `${architecture} against PyTorch`;
  let model: Model;
  beforeAll(async () => {
    model = await fill(await Model.create({ architecture, width, dropout, atrousRates }));
  });
  afterAll(() => model.close());

  it("has the reference's entries and shapes", () => {
    expect(inventoryHash(model.entries)).toBe(one.sha256);
  });

  it("gives the reference's logits, prepared for inference and as it trains", async () => {
    for (const { shape, step, logits: expected } of one.eval) {
      for (const prepared of [true, false]) {
        const result = await logits(model, image(shape), shape, "fp32", prepared);
        expect(result.shape).toEqual([shape[0], 1, shape[2], shape[3]]);
        const error = relativeError(subsample(result, step), unpacked(expected));
        within(`logits of ${part}, of the largest`, error, 1e-4, `at ${shape}, prepared: ${prepared}`);
      }
    }
  });

  it.each([false, true])("trains as the reference does, with memory low: %s", async (low) => {
    using trained = await steady(await fill(await Model.create({ architecture, width, dropout, atrousRates })));
    const options = { ...step.seed, updateStatistics: true, memory: low ? "low" : "normal" } as const;
    const result = await trained.gradients(image(step.shape), step.shape, target(step.shape), options);
    within(`train mode, ${part}: loss, relative`, Math.abs(result.loss - step.loss) / step.loss, 1e-5);
    const worst = (tensors: Parameters<typeof deviations>[0], packed: string, detail = short) =>
      worstOf(deviations(tensors, unpacked(packed), detail));
    const logit = worst([["logits", result.logits]], step.logits, { probes: 3, sample: 100 });
    within(`train mode, ${part}: logits`, logit.error, 1e-3);
    const gradient = worst(result.gradients, step.gradients);
    within(`train mode, ${part}: gradient of every parameter`, gradient.error, 1e-3, gradient.name);
    const state = [...(await trained.stateDict())].filter(([name]) => name.includes(".running_"));
    const running = worst(state, step.running);
    within(`train mode, ${part}: running statistics`, running.error, 1e-3, running.name);
  });

  it.each(["bf16", "fp16"] as const)(
    "computes in %s to what that can hold, in training and prepared for inference",
    async (precision) => {
      const options = { ...step.seed } as const;
      const [exact, found] = await Promise.all(
        (["fp32", precision] as const).map((each) =>
          model.gradients(image(step.shape), step.shape, target(step.shape), { ...options, precision: each }),
        ),
      );
      const part = `${precision} of the networks with an encoder of their own`;
      within(`${part}: the loss, relative`, Math.abs((found?.loss ?? 0) / (exact?.loss ?? 1) - 1), 2e-2);
      expect([...(found?.gradients.keys() ?? [])]).toEqual([...(exact?.gradients.keys() ?? [])]);
      for (const prepared of [true, false]) {
        const at = (each: "fp32" | typeof precision) => logits(model, image(step.shape), step.shape, each, prepared);
        within(`${part}: logits, of the largest`, relativeError((await at(precision)).data, (await at("fp32")).data), 5e-2);
      }
    },
  );

  it.runIf(step.masks)("drops the feature maps that Philox's stream of seed, step, place and map says", () => {
    let left = 0;
    for (const [place, maps] of Object.entries(step.masks ?? {})) {
      for (const [map, mask] of maps.entries()) {
        const block = Number(place) * 2 ** 20 + map;
        const drawn = dropConnectMask({ ...step.seed, block, batch: mask.length, probability: dropout });
        expect([...drawn], `place ${place}, map ${map}`).toEqual(mask);
        left += mask.filter((kept) => kept === 0).length;
      }
    }
    expect(left).toBeGreaterThan(10);
  });
});

describe("options that belong to other architectures", () => {
  it.each([
    [
      { architecture: "attention-unet", encoder: "efficientnet-b0" },
      'model.encoder is "efficientnet-b0": Attention U-Net has an encoder of its own, so leave encoder out; it is an option of unetplusplus and unet.',
    ],
    [{ architecture: "unet-ronneberger", dropConnectRate: 0.1 }, "so leave dropConnectRate out"],
    [{ architecture: "unet-ronneberger", atrousRates: [2] }, "they are an option of multiscale-attention-unet"],
    [{ architecture: "multiscale-attention-unet", atrousRates: [] }, "needs at least one"],
    [
      { width: 32 },
      "model.width is 32: UNet++ has no width; it is an option of unet-ronneberger, attention-unet and multiscale-attention-unet.",
    ],
    [
      { architecture: "attention-unet", width: 2, weights: "imagenet" },
      "has an encoder of its own, of which there are no ImageNet weights",
    ],
  ] as const)("%j is refused", async (options, message) => {
    const refused = Model.create({ ...options } as Parameters<typeof Model.create>[0]);
    await expect(refused).rejects.toMatchObject({ code: "ACINUS_CONFIG", message: expect.stringContaining(message) });
  });

  it("weights imagenet-or-random are random ones, and the model says why", async () => {
    using model = await Model.create({ architecture: "attention-unet", width: 2, weights: "imagenet-or-random" });
    expect(model.start).toMatchObject({ weights: null, reason: expect.stringContaining("an encoder of its own") });
  });
});
