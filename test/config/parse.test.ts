import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { withTodaysNames } from "../../lib/config/loss.js";
import { modelConfigSchema } from "../../lib/config/model.js";
import { nearest, parseConfig } from "../../lib/config/parse.js";
import { trainConfigSchema } from "../../lib/config/train.js";
import { ConfigError } from "../../lib/errors.js";

function refusal(body: () => unknown): ConfigError {
  try {
    body();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("parseConfig", () => {
  it("fills in the paper's defaults", () => {
    expect(parseConfig(modelConfigSchema, {}, "model")).toMatchObject({
      encoder: "efficientnet-b7",
      inputMode: "projection",
      decoderChannels: [256, 128, 64, 32, 16],
      edges: { orientations: 8, wavelengths: [4, 10, 20], sigma: 5, kernelSize: 31, dcCompensation: true },
    });
  });

  it("refuses an unknown key with the nearest known name", () => {
    const error = refusal(() => parseConfig(modelConfigSchema, { encodr: "efficientnet-b0" }, "model"));
    expect(error.code).toBe("ACINUS_CONFIG");
    expect(error.message).toBe('model has no option "encodr"; did you mean "encoder"?');
  });

  it("prints of an unknown key its value alone, not the data beside it", () => {
    const error = refusal(() => parseConfig(modelConfigSchema, { encodr: "mistaken", seed: 31415926 }, "model"));
    expect(error.value).toBe("mistaken");
    expect(inspect(error, { depth: 10 })).not.toContain("31415926");
  });

  it("finds the known names inside nested objects with defaults", () => {
    const error = refusal(() => parseConfig(modelConfigSchema, { edges: { sigam: 3 } }, "model"));
    expect(error.message).toBe('model.edges has no option "sigam"; did you mean "sigma"?');
  });

  it("finds the known names inside arrays, optionals and unions", () => {
    const schema = z.strictObject({
      items: z.array(z.strictObject({ colour: z.string().optional() })).optional(),
      mode: z.union([z.strictObject({ width: z.number() }), z.literal("auto")]).default("auto"),
    });
    expect(refusal(() => parseConfig(schema, { items: [{ color: "red" }] }, "x")).message).toContain('"colour"');
  });

  it("names a wrong value, what is allowed and the nearest of it", () => {
    const error = refusal(() => parseConfig(modelConfigSchema, { encoder: "eficientnet-b3" }, "model"));
    expect(error.message).toContain('model.encoder is "eficientnet-b3"; it must be one of "efficientnet-b0"');
    expect(error.message).toContain('Did you mean "efficientnet-b3"?');
    expect(error.value).toBe("eficientnet-b3");
  });

  it("names the key, the value and the limit of a number out of range", () => {
    expect(refusal(() => parseConfig(modelConfigSchema, { dropConnectRate: 1 }, "model")).message).toMatch(
      /^model\.dropConnectRate is 1: .*<1/,
    );
  });

  it("says every fault at once", () => {
    const { message } = refusal(() => parseConfig(modelConfigSchema, { sed: 1, projectionWidth: 2 }, "model"));
    expect(message).toContain("projectionWidth");
    expect(message).toContain('"seed"');
  });

  it("suggests nothing for a name that is near no other", () => {
    expect(nearest("zzzzzzzz", ["encoder", "seed"])).toBeUndefined();
    expect(nearest("SEED", ["encoder", "seed"])).toBe("seed");
  });
});

describe("a configuration of a file", () => {
  it("may hold the former names of the loss's weights; the former and the new name together are refused", () => {
    const former = { epochs: 3, loss: { diceWeight: 1, bceWeight: 0, tverskyWeight: 0, boundaryWeight: 0.01, smooth: 2 } };
    const { loss } = trainConfigSchema.parse(withTodaysNames(former));
    expect(loss).toMatchObject({ dice: 1, bce: 0, tversky: 0, focal: 0, boundary: 0.01, smooth: 2 });
    expect(() => parseConfig(trainConfigSchema, withTodaysNames({ loss: { dice: 1, diceWeight: 0.5 } }), "trainer")).toThrow(
      'trainer.loss has no option "diceWeight"',
    );
  });
});
