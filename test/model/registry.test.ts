/** The registry of networks: one native source, mirrored by lib/config/networks.ts for what runs without LibTorch. */
import { describe, expect, it } from "vitest";
import { segmenterHandle } from "../../lib/addon/handles.js";
import { native } from "../../lib/addon/load.js";
import { architectures, encoderNames, encoders, minimumDecoderChannels } from "../../lib/config/networks.js";
import { Model, type ModelOptions } from "../../lib/index.js";
import { image } from "./formula.js";

describe("lib/config/networks.ts", () => {
  it("says of every network, encoder and attention what the native registry says", () => {
    expect({ architectures, encoders, minimumDecoderChannels }).toEqual(native().networks());
  });
});

describe("an encoder has the levels and the stride that the registry says", () => {
  // Building b4 to b7 takes seconds each; what the levels are is told by the same rule for all.
  it.each(encoderNames.filter((name) => !/-b[4-7]$/.test(name)))("%s", async (encoder) => {
    using model = await Model.create({ encoder, architecture: "unet", inputMode: "drop" });
    const { levels, stride } = encoders[encoder];
    const side = 2 * stride;
    const found = await model.features(image([1, 3, side, side]), [1, 3, side, side]);
    expect(found.length).toBe(levels);
    expect(found.at(-1)?.shape.slice(2)).toEqual([2, 2]);
  });
});

describe("options that the architecture decides", () => {
  it.each([
    [{}, { decoderChannels: [256, 128, 64, 32, 16], decoderAttention: "scse" }],
    [{ architecture: "unet" }, { decoderChannels: [256, 128, 64, 32, 16], decoderAttention: "none" }],
    [{ architecture: "unet", decoderAttention: "scse" }, { decoderAttention: "scse" }],
    [{ decoderAttention: "none", decoderChannels: [20, 9, 5, 3, 1] }, { decoderChannels: [20, 9, 5, 3, 1] }],
  ] as [ModelOptions, object][])("%j becomes %j", async (options, expected) => {
    using model = await Model.create({ encoder: "efficientnet-b0", ...options });
    expect(model.config).toMatchObject(expected);
  });

  it.each([
    [{ decoderChannels: [64, 32, 16] }, "model.decoderChannels is [64,32,16]: UNet++ over efficientnet-b0 needs 5"],
    [
      { decoderChannels: [64, 32, 16, 16, 8] },
      'model.decoderChannels.4 is 8: a decoder with decoderAttention "scse" needs at least 16',
    ],
    [{ decoderAttention: "none", decoderChannels: [8, 8, 8, 8, 0] }, "model.decoderChannels.4 is 0"],
    [{ architecture: "unet++" }, 'Did you mean "unet"?'],
    [{ encoder: "efficientnet-lite9" }, 'Did you mean "efficientnet-lite0"?'],
  ] as [ModelOptions, string][])("%j is refused, with what is wrong", async (options, message) => {
    await expect(Model.create({ encoder: "efficientnet-b0", ...options })).rejects.toMatchObject({
      code: "ACINUS_CONFIG",
      message: expect.stringContaining(message),
    });
  });

  it("are checked by the core as well", () => {
    const { Segmenter } = native();
    return expect(
      Model.create({ encoder: "efficientnet-b0" }).then(async (model) => {
        const config = { ...model.config, decoderChannels: [64, 32, 16, 16, 8] };
        model.close();
        await new Segmenter(config).build().done;
      }),
    ).rejects.toMatchObject({ code: "ACINUS_CONFIG", message: expect.stringContaining("at least 16 each") });
  });
});

describe("a network's plan", () => {
  const narrow = { width: 4 } as const;
  it.each<ModelOptions>([
    { architecture: "unetplusplus", encoder: "efficientnet-lite0", decoderAttention: "scse" },
    { architecture: "unet", encoder: "efficientnet-lite0", decoderAttention: "scse" },
    { architecture: "unet-ronneberger", ...narrow },
    { architecture: "attention-unet", ...narrow },
    { architecture: "multiscale-attention-unet", ...narrow },
  ])("names every entry of the network once, or as unused: %j", async (options) => {
    using model = await Model.create(options);
    const { layers, unused } = model[segmenterHandle].plan();
    const of = (path: string, parts: string[]) => parts.map((part) => `${path}.${part}`);
    const named = layers.flatMap((layer) => {
      if (layer.kind === "up_convolution") return of(layer.path, ["weight", "bias"]);
      if (layer.kind !== "convolution") return [];
      const { bias, norm } = layer.convolution;
      const norms = ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"];
      return [...of(layer.path, bias ? ["weight", "bias"] : ["weight"]), ...(norm ? of(norm.path, norms) : [])];
    });
    const rest = model.entries.map(({ name }) => name).filter((name) => !unused.some((prefix) => name.startsWith(prefix)));
    expect(named.sort()).toEqual(rest.sort());
    for (const prefix of unused) {
      const found = model.entries.some(({ name }) => name.startsWith(prefix));
      expect(found, prefix).toBe(true);
    }
  });
});
