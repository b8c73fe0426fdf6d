/** The networks beside UNet++ over b0 to b7: smp's Unet, decoders with and without SCSE, EfficientNet-Lite. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ArchitectureName, DecoderAttention, EncoderName } from "../../lib/config/networks.js";
import { Model } from "../../lib/index.js";
import { within } from "../within.js";
import { fill, image, inventoryHash, type Logits, loud, relativeError, subsample, unpacked } from "./formula.js";
import { logits } from "./random-network.js";
import { deviations, worstOf } from "./summaries.js";

interface Case {
  architecture: ArchitectureName;
  encoder: EncoderName;
  decoderAttention: DecoderAttention;
  decoderChannels: number[];
  /** A part of the ReLU6 is driven beyond 6. */
  loud: boolean;
  entries: number;
  parameters: number;
  sha256: string;
  eval: Logits[];
  features: { shape: number[]; summaries: string } | null;
}

const file = new URL("../fixtures/model/networks.json", import.meta.url);
const cases = JSON.parse(readFileSync(file, "utf8")) as Case[];
// float32 sums in another order.
const tolerance = 1e-4;

describe.each(cases)("$architecture over $encoder, attention $decoderAttention", (one) => {
  const { architecture, encoder, decoderAttention, decoderChannels } = one;
  const family = encoder.includes("lite") ? "EfficientNet-Lite" : "EfficientNet";
  let model: Model;
  beforeAll(async () => {
    const options = { architecture, encoder, decoderAttention, decoderChannels };
    model = await fill(await Model.create({ ...options, inputMode: "drop" }));
    if (one.loud) await loud(model);
  });
  afterAll(() => model.close());

  it("has smp's entries, shapes and number of parameters", () => {
    expect(model.entries.length).toBe(one.entries);
    expect(model.parameterCount).toBe(one.parameters);
    expect(inventoryHash(model.entries)).toBe(one.sha256);
  });

  it("gives smp's logits for the same weights, prepared for inference and as it trains", async () => {
    for (const { shape, step, logits: expected } of one.eval) {
      for (const prepared of [true, false]) {
        const result = await logits(model, image(shape), shape, "fp32", prepared);
        expect(result.shape).toEqual([shape[0], 1, shape[2], shape[3]]);
        const error = relativeError(subsample(result, step), unpacked(expected));
        const part = `logits of ${architecture} over ${family}, attention ${decoderAttention}, against smp, of the largest`;
        within(part, error, tolerance, `at ${shape}, prepared: ${prepared}`);
      }
    }
  });

  it.runIf(one.features)("has the encoder features of the program that its published weights come with", async () => {
    const { shape, summaries } = one.features as NonNullable<Case["features"]>;
    const found = await model.features(image(shape), shape);
    const named = found.map((feature, i) => [`feature ${i}`, feature] as const);
    const { name, error } = worstOf(deviations(named, unpacked(summaries), { probes: 3, sample: 32 }));
    within(`encoder features of ${family} against efficientnet-lite-pytorch`, error, tolerance, name);
  });
});
