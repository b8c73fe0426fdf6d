import { describe, expect, it } from "vitest";
import type { TypedTensor } from "../../lib/addon/contract.js";
import type { ModelOptions } from "../../lib/index.js";
import { Model } from "../../lib/model/model.js";
import { Trainer } from "../../lib/train/trainer.js";
import { numbers } from "../predict/pictures.js";
import { discs, measuredMemory, quick } from "./toy.js";

describe.each<ModelOptions>([{ encoder: "efficientnet-b0" }, { encoder: "efficientnet-lite0", architecture: "unet" }])(
  "memory: low, %j",
  (network) => {
    const shape = [3, 4, 64, 96];
    const random = numbers(5);
    const input = Float32Array.from({ length: 3 * 4 * 64 * 96 }, () => 2 * random() - 1);
    const target = Uint8Array.from({ length: 3 * 64 * 96 }, () => Math.round(random()));

    const run = async (precision: "fp32" | "bf16", memory: "normal" | "low") => {
      using model = await Model.create({ ...network, seed: 5, dropConnectRate: 0.5 });
      const result = await model.gradients(input, shape, target, { precision, memory, step: 3, updateStatistics: true });
      const statistics = [...(await model.stateDict())].filter(([name]) => /running_|num_batches/.test(name));
      return { ...result, statistics };
    };

    it.each(["fp32", "bf16"] as const)("gives the same logits, loss and statistics: %s", async (precision) => {
      const [kept, recomputed] = [await run(precision, "normal"), await run(precision, "low")];
      expect(recomputed.logits).toEqual(kept.logits);
      expect(recomputed.loss).toBe(kept.loss);
      expect(recomputed.statistics.length).toBeGreaterThan(150);
      expect(recomputed.statistics).toEqual(kept.statistics);
    });

    it("gives the same gradients, but for the order in which those of a tensor with several consumers are added up", async () => {
      const [kept, recomputed] = [(await run("fp32", "normal")).gradients, (await run("fp32", "low")).gradients];
      expect([...recomputed.keys()]).toEqual([...kept.keys()]);
      for (const name of kept.keys()) {
        // Before another norm the gradient of a bias cancels, and with a ReLU in between that of a scale: the larger counts.
        const both = ["weight", "bias"].map((part) => kept.get(name.replace(/(weight|bias)$/, part))?.data);
        const size = Math.max(...both.map((values) => (values ? norm(values) : 0)));
        expect(distance(kept, recomputed, name), name).toBeLessThanOrEqual(1e-5 * size);
      }
    });

    it("is as near to float32's gradients in bfloat16", async () => {
      const exact = (await run("fp32", "normal")).gradients;
      const error = async (memory: "normal" | "low") => {
        const { gradients } = await run("bf16", memory);
        return Math.hypot(...[...exact.keys()].map((name) => distance(exact, gradients, name)));
      };
      const [kept, recomputed] = [await error("normal"), await error("low")];
      expect(kept).toBeGreaterThan(0);
      expect(recomputed / kept).toBeLessThan(1.1);
    });

    it.runIf(network.encoder === "efficientnet-b0")(
      "is estimated to need less than two thirds of the memory of a step of b7",
      async () => {
        const measured = async (memory: "normal" | "low") => {
          using model = await Model.create({ encoder: "efficientnet-b7" });
          return await measuredMemory(model, 1, memory);
        };
        const [low, normal] = [await measured("low"), await measured("normal")];
        expect(low / normal).toBeLessThan(2 / 3);
      },
    );

    it("trains, also with an encoder that is frozen at first", async () => {
      using model = await Model.create({ ...network, seed: 5 });
      const [train, validation] = [discs(8, 64, 1), discs(4, 64, 2)];
      using trainer = new Trainer(model, { ...quick, train, validation, epochs: 3, frozenEncoderEpochs: 1, memory: "low" });
      const losses: number[] = [];
      await trainer.fit({ onEvent: (event) => event.type === "step" && losses.push(event.loss) });
      expect(losses).toHaveLength(12);
      expect(Math.min(...losses.slice(-4))).toBeLessThan(Math.min(...losses.slice(0, 2)));
    });
  },
);

const of = (gradients: Map<string, TypedTensor>, name: string) => (gradients.get(name) as TypedTensor).data;

function distance(a: Map<string, TypedTensor>, b: Map<string, TypedTensor>, name: string): number {
  return norm(of(a, name).map((value, i) => value - (of(b, name)[i] as number)));
}

function norm(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
}
