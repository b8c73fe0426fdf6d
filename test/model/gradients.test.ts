import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { TypedTensor } from "../../lib/addon/contract.js";
import type { ArchitectureName, DecoderAttention, EncoderName } from "../../lib/config/networks.js";
import { dropConnectMask } from "../../lib/functional/index.js";
import { Model } from "../../lib/index.js";
import { within } from "../within.js";
import { fill, image, product, steady, uniform, unpacked } from "./formula.js";
import { type Detail, deviations, worstOf } from "./summaries.js";

interface Step {
  shape: number[];
  seed: { seed: number; step: number } | null;
  loss: number;
  logits: string;
  /** Of each block that has a branch to leave out. */
  masks: Record<string, number[]> | null;
  gradients: string;
}
interface Case {
  architecture: ArchitectureName;
  decoderAttention: DecoderAttention;
  encoder: EncoderName;
  inputMode: "projection" | "drop" | "inflate";
  detail: Detail;
  steps: Step[];
  running: string | null;
}

const file = new URL("../fixtures/model/gradients.json", import.meta.url);
const cases = JSON.parse(readFileSync(file, "utf8")) as Record<string, Case>;
const everything = { probes: 3, sample: 8 };

// The reference is float64: this is float32 through 100 to 300 normalised layers and back.
const tolerance = 1e-3;

const unused = /^(encoder\._conv_head|encoder\._bn1|decoder\.blocks\.(x_0_4|4)\.attention1)\./;
const target = (shape: number[]) => Uint8Array.from(uniform("target", pixels(shape)), (u) => Number(u > 0.4));
const pixels = (shape: number[]) => product(shape) / (shape[1] as number);

/** Filled throughout, a projection too. */
const create = async ({ architecture, decoderAttention, encoder, inputMode, steps }: Case, channelsLast: boolean) => {
  const dropConnectRate = steps[0]?.seed ? 0.2 : 0;
  const network = { architecture, decoderAttention, encoder, inputMode };
  return steady(await fill(await Model.create({ ...network, dropConnectRate, channelsLast }), () => true));
};

const layouts = (name: string) => (name === "b0, three batches" ? [true, false] : [true]);
const runs = Object.entries(cases).flatMap(([name, one]) =>
  layouts(name).map((channelsLast) => ({ name, channelsLast, ...one })),
);

describe.each(runs)("train mode of $name, channels last: $channelsLast", (run) => {
  it("gives smp's logits, loss, gradient of every parameter and running statistics", async () => {
    using model = await create(run, run.channelsLast);
    for (const { shape, seed, loss, logits, gradients } of run.steps) {
      const result = await model.gradients(image(shape), shape, target(shape), { ...seed, updateStatistics: true });
      within(`train mode, ${run.name}: loss against smp in float64, relative`, Math.abs(result.loss - loss) / loss, 1e-5);
      expect(result.logits.shape).toEqual([shape[0], 1, ...shape.slice(2)]);
      agree(`train mode, ${run.name}: logits`, [["logits", result.logits]], logits, { probes: 3, sample: 100 });
      const used = model.entries.map(({ name }) => name).filter((name) => !unused.test(name) && !isBuffer(name));
      expect([...result.gradients.keys()]).toEqual(used);
      agree(`train mode, ${run.name}: gradient of every parameter`, result.gradients, gradients, run.detail);
    }
    if (!run.running) return;
    const state = [...(await model.stateDict())].filter(([name]) => name.includes(".running_") && !unused.test(name));
    agree(`train mode, ${run.name}: running statistics`, state, run.running, everything);
  });
});

describe("dropConnectMask", () => {
  const { encoder, steps } = cases["b3, drop-connect"] as Case;
  const blocks = { "efficientnet-b0": 16, "efficientnet-b3": 26 } as Record<string, number>;

  it("is what smp's network was given: floor(keep + u) of Philox's stream of seed, step and block", () => {
    let left = 0;
    for (const { seed, shape, masks } of [...steps, ...(cases["b0, drop-connect"] as Case).steps]) {
      const count = Object.keys(masks ?? {}).length > 10 ? blocks[encoder] : blocks["efficientnet-b0"];
      for (const [block, mask] of Object.entries(masks ?? {})) {
        const probability = (0.2 * Number(block)) / (count as number);
        const where = { ...seed, block: Number(block), batch: shape[0] as number, probability };
        expect([...dropConnectMask(where)], `block ${block}`).toEqual(mask);
        left += mask.filter((kept) => kept === 0).length;
      }
    }
    expect(left, "branches left out in the reference").toBeGreaterThan(3);
  });

  it("leaves out as many samples as the probability says", () => {
    const kept = dropConnectMask({ block: 7, batch: 100_000, probability: 0.1 });
    const share = kept.reduce((sum, one) => sum + one, 0) / kept.length;
    expect(Math.abs(share - 0.9)).toBeLessThan(4 * Math.sqrt((0.1 * 0.9) / kept.length));
  });

  it("keeps everything at probability 0 and names a number out of range", () => {
    expect(dropConnectMask({ block: 0, batch: 5, probability: 0 })).toEqual(new Uint8Array(5).fill(1));
    expect(() => dropConnectMask({ block: 0, batch: 5, probability: 1.5 })).toThrow("Probability is 1.5");
  });
});

describe("Model.gradients", () => {
  const shape = [2, 3, 64, 64];
  const small = { encoder: "efficientnet-b0", inputMode: "drop", dropConnectRate: 0.2 } as const;

  it("leaves weights and running statistics alone, and repeats itself", async () => {
    using model = await Model.create(small);
    const run = (step: number) => model.gradients(image(shape), shape, target(shape), { seed: 3, step });
    const before = digest(await model.stateDict());
    const one = await run(9);
    const same = await run(9);
    expect(digest(await model.stateDict())).toBe(before);
    expect(same.loss).toBe(one.loss);
    expect(digest(same.gradients)).toBe(digest(one.gradients));
    expect((await run(10)).loss).not.toBe(one.loss);
  });

  it("names what is wrong with its arguments", async () => {
    using model = await Model.create(small);
    const run = (data: Float32Array, at: number[], mask: Uint8Array) => model.gradients(data, at, mask);
    await expect(run(image(shape), [3, 64, 64], target(shape))).rejects.toThrow("must be [B, C, H, W]");
    await expect(run(image(shape), shape, new Uint8Array(5))).rejects.toThrow("Target holds 5 values");
    await expect(run(image(shape), shape, target(shape).fill(255))).rejects.toThrow("Target[0] is 255");
    await expect(run(image([2, 4, 64, 64]), [2, 4, 64, 64], target(shape))).rejects.toThrow("takes [B, 3, H, W]");
  });
});

function isBuffer(name: string): boolean {
  return name.includes(".running_") || name.endsWith("num_batches_tracked");
}

function digest(tensors: Map<string, TypedTensor>): string {
  const hash = createHash("sha256");
  for (const [name, { data }] of tensors) hash.update(name).update(data);
  return hash.digest("hex");
}

function agree(part: string, tensors: Iterable<readonly [string, TypedTensor]>, packed: string, detail: Detail): void {
  const { name, error } = worstOf(deviations(tensors, unpacked(packed), detail));
  within(part, error, tolerance, name);
}
