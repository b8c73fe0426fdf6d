import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Model } from "../../lib/model/model.js";
import { synthesize } from "../../lib/synth/synthesize.js";
import { root } from "./run.js";

const examples = join(root, "examples");

describe("the examples", () => {
  // Inside of the package, so that `import "acinus"` is this package, as its users see it.
  mkdirSync(`${root}.acinus`, { recursive: true });
  const folder = mkdtempSync(`${root}.acinus/examples-`);
  const at = (name: string) => join(folder, name);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  beforeAll(async () => {
    const compiler = `${root}node_modules/typescript/bin/tsc`;
    const { status, stdout } = spawnSync(process.execPath, [compiler, "-p", examples, "--outDir", at("out")], {
      encoding: "utf8",
    });
    expect(status, stdout).toBe(0);
    await synthesize(at("data"), { images: 8, size: 64, seed: 3, validation: 0.25, emptyShare: 0.25 });
    using model = await Model.create({ encoder: "efficientnet-b0", seed: 2 });
    await model.save(at("model.safetensors"));
  });

  const anImage = () => join(at("data/val/images"), readdirSync(at("data/val/images"))[0] as string);

  function run(name: string, ...args: string[]): string {
    const { status, stdout, stderr } = spawnSync(process.execPath, [at(`out/${name}.js`), ...args], { encoding: "utf8" });
    expect(status, stderr).toBe(0);
    return stdout;
  }

  it("train with a sampler and a loss of their own", () => {
    const said = run("sampler-and-loss", at("data/train"), at("run"), "1");
    expect(said).toMatch(
      /^epoch 0: loss \d+\.\d+\nThe best epoch is 0; its weights are in .*checkpoint-best\.safetensors\.\n$/,
    );
    const [step] = readFileSync(at("run/metrics.jsonl"), "utf8").split("\n").map(parsed).filter(ofType("step"));
    expect(Object.keys(step?.terms ?? {})).toEqual(["dice", "focal"]);
  });

  it("cross-validate, and predict with an ensemble", () => {
    const said = run("cross-validation", at("data/train"), anImage(), at("cells.geojson"), "2", "1", "\\d+$");
    expect(said.match(/^fold \d: micro Dice/gm)).toHaveLength(2);
    expect(JSON.parse(readFileSync(at("cells.geojson"), "utf8")).type).toBe("FeatureCollection");
  });

  it("go on from another network's encoder", () => {
    expect(run("transfer", at("model.safetensors"), at("data/train"), at("new"), "1")).toContain("The best epoch is 0.");
    expect(existsSync(at("new/checkpoint-best.safetensors"))).toBe(true);
  });

  it("name the images to annotate next", () => {
    const said = run("active-learning", at("data/train"), at("data/val/images"), "1", "1");
    expect(said).toMatch(/^1\. .*\.png: 0\.\d{4} nats\n$/);
  });

  it.each(readdirSync(examples).filter((name) => /\.(ts|sh)$/.test(name)))("are listed in their README: %s", (name) => {
    expect(readFileSync(join(examples, "README.md"), "utf8")).toContain(`(${name})`);
  });

  describe("the server", () => {
    let server: ChildProcess;
    let address = "";

    beforeAll(async () => {
      server = spawn(process.execPath, [at("out/server.js"), at("model.safetensors"), "0"], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const [said] = await once(server.stdout as NodeJS.ReadableStream, "data");
      address = /http:\S+/.exec(String(said))?.[0] as string;
    });
    afterAll(() => void server.kill("SIGKILL"));

    const post = (body: Uint8Array<ArrayBuffer>, accept = "*/*") =>
      fetch(address, { method: "POST", body, headers: { accept } });

    it("answers an image with its cells", async () => {
      const image = new Uint8Array(readFileSync(anImage()));
      const cells = await post(image);
      expect([cells.status, cells.headers.get("content-type")]).toEqual([200, "application/geo+json"]);
      expect(((await cells.json()) as { type: string }).type).toBe("FeatureCollection");
      const labels = await post(image, "image/tiff");
      expect(new TextDecoder("latin1").decode(new Uint8Array(await labels.arrayBuffer()).subarray(0, 2))).toMatch(/II|MM/);
    });

    it("refuses what is no image, what is too large and what is no upload, and goes on", async () => {
      expect((await post(new Uint8Array(100))).status).toBe(422);
      expect((await fetch(address)).status).toBe(405);
      const large = post(new Uint8Array((64 << 20) + 1)).then(
        ({ status }) => status,
        () => 413, // the server may close the connection before everything was sent
      );
      expect(await large).toBe(413);
      expect((await post(new Uint8Array(readFileSync(anImage())))).status).toBe(200);
    });

    it("lets only a few images wait", async () => {
      const image = new Uint8Array(readFileSync(anImage()));
      const answers = await Promise.all(Array.from({ length: 12 }, () => post(image)));
      const statuses = answers.map(({ status }) => status);
      expect(new Set(statuses)).toEqual(new Set([200, 503]));
    });

    it("ends in good order", async () => {
      server.kill("SIGTERM");
      expect((await once(server, "exit"))[0]).toBe(0);
    });
  });
});

interface Line {
  readonly type: string;
  readonly terms?: Record<string, number>;
}
function parsed(line: string): Line {
  return line === "" ? { type: "" } : (JSON.parse(line) as Line);
}
function ofType(type: string) {
  return (line: Line) => line.type === type;
}
