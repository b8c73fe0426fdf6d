import { describe, expect, it } from "vitest";
import { chooseRows } from "../../lib/compare/rows.js";
import { settingsOf } from "../../lib/compare/settings.js";
import { modelOptionsSchema } from "../../lib/config/model.js";
import { trainConfigSchema } from "../../lib/config/train.js";

const common = {
  ...{ encoder: "efficientnet-b0", weights: "random", size: 64 },
  ...{ model: { width: 16, decoderChannels: [64, 32, 16, 16, 16] }, train: { schedule: { maxLearningRate: 1e-3 } } },
};
const rows = chooseRows(undefined, "all");
const of = (name: string, seed = 3) => settingsOf(rows.find((row) => row.name === name) as (typeof rows)[number], common, seed);

describe("settings", () => {
  it.each(rows.map(({ name }) => name))("of %s are options of a model and a trainer", (name) => {
    const { model, train } = of(name);
    expect(modelOptionsSchema.parse(model)).toMatchObject({ seed: 3 });
    expect(trainConfigSchema.parse(train)).toMatchObject({ seed: 3, cropSize: 64, schedule: { maxLearningRate: 1e-3 } });
  });

  it("that all rows share go to the networks that have them, under what an ablation changes", () => {
    expect(of("unet").model).toEqual({ architecture: "unet-ronneberger", width: 16, seed: 3 });
    expect(of("enhanced").model).toMatchObject({ encoder: "efficientnet-b0", decoderChannels: [64, 32, 16, 16, 16] });
    expect(of("encoder-b3").model).toMatchObject({ encoder: "efficientnet-b3" });
    expect(of("constant-rate").train).toMatchObject({ schedule: { maxLearningRate: 1e-3, divFactor: 1 } });
    expect(of("dice-off").train).toMatchObject({ loss: { dice: 0 } });
  });

  it("of the paper's fourth and fifth system are what Table II says", () => {
    expect(of("attention-unet-hybrid").train).toMatchObject({
      loss: { dice: 0.5, focal: 0.3, boundary: 0.2, bce: 0, tversky: 0 },
    });
    expect(of("multiscale-attention-unet").evaluate).toEqual({ crf: true });
    expect(of("enhanced")).toMatchObject({ sampler: "complexity", evaluate: { tta: true } });
    expect(of("unet")).toMatchObject({ sampler: "uniform", evaluate: {} });
    expect(of("unet")).not.toHaveProperty("active");
    expect(of("attention-unet-active").active).toMatchObject({
      rounds: 5,
      initial: 0.2,
      acquire: 0.1,
      by: "entropy",
      passes: 8,
    });
    expect(of("active-random").active).toMatchObject({ rounds: 5, by: "random" });
    const shared = chooseRows(["unet", "attention-unet-active"], ["active-random"]).map((row) => {
      return settingsOf(row, { ...common, active: { passes: 3, by: "bald" } }, 0).active;
    });
    expect(shared).toMatchObject([undefined, { passes: 3, by: "bald" }, { passes: 3, by: "random" }]);
  });
});
