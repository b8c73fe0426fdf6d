import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { native } from "../../lib/addon/load.js";
import { formatHubReference, parseHubReference } from "../../lib/hub/reference.js";
import { fetchWeights, Model } from "../../lib/index.js";
import { numbers } from "../predict/pictures.js";
import { FakeHub } from "./server.js";

const random = numbers(11);
const contents = Uint8Array.from({ length: 300_000 }, () => Math.floor(256 * random()));
const others = Uint8Array.from(contents, (byte) => 255 - byte);
const commit = "0123456789abcdef0123456789abcdef01234567";
const saved = { ...process.env };
let hub: FakeHub;
let cache: string;

beforeAll(async () => {
  native(); // found while ACINUS_CACHE still names the cache that holds LibTorch
  hub = await new FakeHub().start();
});
afterAll(() => hub.stop());
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), "acinus-hub-"));
  Object.assign(process.env, { ACINUS_CACHE: cache, HF_ENDPOINT: hub.endpoint });
  for (const name of ["HF_TOKEN", "HF_HUB_OFFLINE", "ACINUS_OFFLINE"]) delete process.env[name];
  hub.repositories.clear();
  hub.repositories.set("lab/nuclei", new Map([["model.safetensors", contents]]));
  hub.gated.clear();
  hub.breaks = { times: 0, after: 0 };
  hub.corrupt = false;
  hub.taken();
});
afterEach(() => {
  rmSync(cache, { recursive: true, force: true });
  process.env = { ...saved };
});

const leftovers = () =>
  readdirSync(cache, { recursive: true, encoding: "utf8" }).filter((name) => /\.(incomplete|tmp|lock)$/.test(name));
const failure = (reference: string) =>
  fetchWeights(reference).then(
    () => expect.fail("it was fetched"),
    (error: Error) => error,
  );

describe("a reference", () => {
  it("names owner, repository, revision and file", () => {
    expect(parseHubReference("hf:a/b")).toEqual({ repository: "a/b", revision: "main" });
    expect(parseHubReference("hf:a/b@v1.2/weights/best.pth")).toEqual({
      ...{ repository: "a/b", revision: "v1.2", file: "weights/best.pth" },
    });
    for (const text of ["hf:a/b", "hf:a/b@v1", "hf:a/b/c.pt", "hf:a/b@v1/c/d.pt"]) {
      expect(formatHubReference(parseHubReference(text))).toBe(text);
    }
  });

  it.each(["hf:", "hf:a", "hf:../b", "hf:a/b@", "hf:a/b@../c", "hf:a/b/../../c", "hf:a/b//c", "hf:a/b/c\\d", "hf:a/b c"])(
    "%s is refused with the forms that there are",
    async (text) => {
      await expect(fetchWeights(text)).rejects.toMatchObject({
        code: "ACINUS_CONFIG",
        fix: expect.stringContaining("hf:owner/name"),
      });
      expect(hub.taken()).toEqual([]);
    },
  );
});

describe("a file of the hub", () => {
  it("is fetched once, followed to where it lies, and then asked about only", async () => {
    const progress: [number, number][] = [];
    const path = await fetchWeights("hf:lab/nuclei", { onProgress: (...seen) => progress.push(seen) });
    expect(readFileSync(path).equals(contents)).toBe(true);
    expect(path.endsWith("model.safetensors")).toBe(true);
    expect(progress[0]).toEqual([0, contents.length]);
    expect(progress.at(-1)).toEqual([contents.length, contents.length]);
    expect(leftovers()).toEqual([]);
    hub.taken();
    expect(await fetchWeights("hf:lab/nuclei")).toBe(path);
    expect(hub.taken().map(({ range }) => range)).toEqual(["bytes=0-0", "bytes=0-0"]);
  });

  it("is fetched again when it has changed, and the old contents stay whole beside it", async () => {
    const before = await fetchWeights("hf:lab/nuclei");
    hub.repositories.get("lab/nuclei")?.set("model.safetensors", others);
    const after = await fetchWeights("hf:lab/nuclei");
    expect(after).not.toBe(before);
    expect(readFileSync(after).equals(others)).toBe(true);
    expect(readFileSync(before).equals(contents)).toBe(true);
  });

  it("of a commit is never asked about again", async () => {
    const path = await fetchWeights(`hf:lab/nuclei@${commit}/model.safetensors`);
    hub.taken();
    expect(await fetchWeights(`hf:lab/nuclei@${commit}/model.safetensors`)).toBe(path);
    expect(hub.taken()).toEqual([]);
  });

  it("goes on where a connection broke, in one call and in the next", async () => {
    hub.breaks = { times: 2, after: 100_000 };
    const path = await fetchWeights("hf:lab/nuclei");
    expect(readFileSync(path).equals(contents)).toBe(true);
    const ranges = hub.taken().flatMap(({ host, range }) => (host === "store" && range !== "bytes=0-0" ? [range] : []));
    expect(ranges[0]).toBeUndefined();
    expect(ranges.length).toBe(3);
    expect(Number(/=(\d+)-/.exec(ranges[2] as string)?.[1])).toBeGreaterThan(0);

    rmSync(cache, { recursive: true });
    hub.breaks = { times: 1, after: 100_000 };
    const store = new AbortController();
    const stopping = fetchWeights("hf:lab/nuclei", {
      signal: store.signal,
      onProgress: (bytes) => bytes > 0 && store.abort(new Error("enough")),
    });
    await expect(stopping).rejects.toThrow();
    hub.breaks = { times: 0, after: 0 };
    hub.taken();
    const seen: number[] = [];
    expect(
      readFileSync(await fetchWeights("hf:lab/nuclei", { onProgress: (bytes) => seen.push(bytes) })).equals(contents),
    ).toBe(true);
    expect(seen[0]).toBeGreaterThan(0);
    expect(hub.taken().at(-1)?.range).toBe(`bytes=${seen[0]}-${contents.length - 1}`);
  });

  it("with a wrong checksum is not taken, and nothing of it is kept", async () => {
    hub.corrupt = true;
    expect(await failure("hf:lab/nuclei")).toMatchObject({
      code: "ACINUS_DOWNLOAD",
      message: expect.stringContaining("checksum"),
    });
    hub.corrupt = false;
    expect(leftovers()).toEqual([]);
    expect(readFileSync(await fetchWeights("hf:lab/nuclei")).equals(contents)).toBe(true);
  });

  it("is fetched once by two at a time", async () => {
    const [one, two] = await Promise.all([fetchWeights("hf:lab/nuclei"), fetchWeights("hf:lab/nuclei@main/model.safetensors")]);
    expect(one).toBe(two);
    const whole = hub.taken().filter(({ host, range }) => host === "store" && range === undefined);
    expect(whole.length).toBe(1);
  });
});

describe("without the hub", () => {
  it("the cache serves, whether it does not answer or is not to be asked", async () => {
    const path = await fetchWeights("hf:lab/nuclei");
    process.env.HF_ENDPOINT = "http://127.0.0.1:1";
    expect(await fetchWeights("hf:lab/nuclei")).toBe(path);
    process.env.HF_HUB_OFFLINE = "1";
    process.env.HF_ENDPOINT = hub.endpoint;
    hub.taken();
    expect(await fetchWeights("hf:lab/nuclei")).toBe(path);
    expect(hub.taken()).toEqual([]);
  });

  it("what is not in the cache is said to be missing", async () => {
    process.env.HF_HUB_OFFLINE = "1";
    expect(await failure("hf:lab/nuclei")).toMatchObject({
      code: "ACINUS_DOWNLOAD",
      message: expect.stringContaining("HF_HUB_OFFLINE"),
    });
    delete process.env.HF_HUB_OFFLINE;
    process.env.HF_ENDPOINT = "http://127.0.0.1:1";
    expect((await failure("hf:lab/nuclei/model.safetensors")).message).toMatch(
      /cannot be asked for hf:lab\/nuclei.*Check the network/,
    );
  });
});

describe("a reference without a file", () => {
  const choose = (...names: string[]) => {
    hub.repositories.set("lab/nuclei", new Map(names.map((name) => [name, contents])));
    return fetchWeights("hf:lab/nuclei");
  };
  it.each([
    [["README.md", "other.safetensors", "model.safetensors"], "model.safetensors"],
    [["weights/best.safetensors", "best.pth"], "best.safetensors"],
    [["config.json", "pytorch_model.bin"], "pytorch_model.bin"],
  ])("among %j means %s", async (names, expected) => {
    expect((await choose(...names)).endsWith(`/${expected}`)).toBe(true);
  });

  it("is refused with the candidates where several could be meant, and where there is none", async () => {
    await expect(choose("a.pth", "b.pth")).rejects.toThrow(
      /several files of weights: a\.pth, b\.pth\. Name the file: hf:lab\/nuclei\/FILE/,
    );
    await expect(choose("README.md")).rejects.toThrow(/holds no weights, but README\.md/);
  });
});

describe("what the hub refuses", () => {
  it.each([
    ["hf:lab/nucleus/model.safetensors", "not found on the hub (404)"],
    ["hf:lab/nucleus", "not found on the hub (404)"],
    ["hf:lab/nuclei@v9/model.safetensors", "lab/nuclei@v9 was not found on the hub (404)"],
    ["hf:lab/nuclei/best.pth", "lab/nuclei@main has no file best.pth"],
  ])("%s: %s", async (reference, message) => {
    expect(await failure(reference)).toMatchObject({ code: "ACINUS_DOWNLOAD", message: expect.stringContaining(message) });
  });

  it("for want of a token is given with HF_TOKEN, which goes to nobody else", async () => {
    hub.gated.set("lab/nuclei", "secret");
    expect((await failure("hf:lab/nuclei")).message).toMatch(/does not give hf:lab\/nuclei \(401\).*set HF_TOKEN/);
    process.env.HF_TOKEN = "wrong";
    expect((await failure("hf:lab/nuclei")).message).toContain("The token in HF_TOKEN does not open it");
    process.env.HF_TOKEN = "secret";
    hub.taken();
    expect(existsSync(await fetchWeights("hf:lab/nuclei"))).toBe(true);
    for (const { host, authorization } of hub.taken()) {
      expect(authorization).toBe(host === "hub" ? "Bearer secret" : undefined);
    }
  });
});

describe("Model.create", () => {
  it("takes weights from the hub", async () => {
    const file = join(cache, "saved.safetensors");
    using model = await Model.create({ encoder: "efficientnet-b0", seed: 8 });
    await model.save(file);
    hub.repositories.set("lab/nuclei", new Map([["model.safetensors", readFileSync(file)]]));
    using loaded = await Model.create({ encoder: "efficientnet-b0", seed: 1, weights: "hf:lab/nuclei" });
    const name = "segmentation_head.0.weight";
    expect((await loaded.stateDict()).get(name)).toEqual((await model.stateDict()).get(name));
  });
});
