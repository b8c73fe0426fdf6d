import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, utimesSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { beforeAll, describe, expect, it } from "vitest";
import { Model } from "../../lib/model/model.js";
import { picture } from "../predict/pictures.js";
import { temporary } from "../temporary.js";
import { acinus, start } from "./run.js";

const root = temporary();
const weights = join(root, "weights.safetensors");
const [a, b] = [join(root, "in", "a.png"), join(root, "in", "sub", "b.png")];
const wide = join(root, "wide.tif");

beforeAll(async () => {
  using model = await Model.create({ encoder: "efficientnet-b0", seed: 1 });
  await model.save(weights);
  mkdirSync(join(root, "in", "sub"), { recursive: true });
  for (const [file, seed] of [
    [a, 1],
    [b, 2],
  ] as const) {
    const { data, height, width } = picture(64, 64, seed);
    await sharp(data, { raw: { width, height, channels: 3 } }).toFile(file);
  }
  // Larger than is taken whole, and empty but for one cell in a corner.
  const cell = Buffer.alloc(3 * 12 * 12, 90);
  await sharp({ create: { width: 4200, height: 4100, channels: 3, background: "#eeeeee" } })
    .composite([{ input: cell, raw: { width: 12, height: 12, channels: 3 }, left: 40, top: 50 }])
    .tiff({ tile: true, compression: "lzw" })
    .toFile(wide);
});

const predict = (...args: string[]) => acinus(["predict", weights, ...args, "--threads", "1"]);

describe("predict", () => {
  it("takes several inputs, subfolders and patterns, and a missing one is called an image", async () => {
    const out = join(root, "several");
    const { code, stdout, stderr } = await predict(join(root, "in"), "-r", "-o", out, "--json");
    expect(code, stderr).toBe(0);
    expect([existsSync(join(out, "a.png")), existsSync(join(out, "sub", "b.png"))]).toEqual([true, true]);
    const { images } = JSON.parse(stdout) as { images: { image: string }[] };
    expect(images.map(({ image }) => image)).toEqual([a, b]);
    const both = await predict(a, join(root, "in", "**", "b.*"), "-o", join(root, "both"));
    expect(both.stdout).toContain("Wrote 2 images");
    const missing = await predict(a, join(root, "slide.tif"), "-o", out);
    expect(missing.code).toBe(1);
    expect(missing.stderr).toContain(`There is no image or folder ${join(root, "slide.tif")}.`);
  });

  it("leaves out what is done with --skip-existing, and does again what changed", async () => {
    const out = join(root, "resumed");
    await predict(a, "-o", out);
    const before = readFileSync(join(out, "a.png"));
    const second = await predict(a, b, "-o", out, "--skip-existing", "--json");
    expect(second.code, second.stderr).toBe(0);
    expect(JSON.parse(second.stdout)).toMatchObject({ images: [{ image: b }], skipped: [a] });
    expect(readFileSync(join(out, "a.png"))).toEqual(before);
    cpSync(a, join(root, "later.png"));
    await predict(join(root, "later.png"), "-o", out);
    const later = new Date(Date.now() + 5000);
    utimesSync(join(root, "later.png"), later, later);
    const third = await predict(join(root, "later.png"), "-o", out, "--skip-existing", "--json");
    expect(JSON.parse(third.stdout)).toMatchObject({ images: [{}], skipped: [] });
    const coco = await predict(a, "-o", out, "--skip-existing", "--format", "coco");
    expect([coco.code, coco.stderr.includes("coco.json holds the cells of all images")]).toEqual([2, true]);
  });

  it("refuses tiles that are absurd work, with their number", async () => {
    const { code, stderr } = await predict(wide, "-o", join(root, "absurd"), "--tile", "64", "--overlap", "63");
    expect(code).toBe(2);
    expect(stderr).toMatch(/into 17,\d\d\d,\d\d\d tiles: each pixel would be predicted/);
    expect(existsSync(join(root, "absurd"))).toBe(false);
  });

  it("writes a large image in strips, leaves out its empty tiles and says how many", async () => {
    const out = join(root, "large");
    const formats = ["--format", "png,prob,labels,geojson"];
    const { code, stdout, stderr } = await predict(wide, "-o", out, "--tile", "512", "--skip-empty", ...formats, "--json");
    expect(code, stderr).toBe(0);
    const { images } = JSON.parse(stdout) as { images: { emptyTiles: number; files: string[] }[] };
    expect(images[0]?.emptyTiles).toBeGreaterThan(90);
    expect(images[0]?.files.map((file) => file.slice(out.length + 1))).toEqual([
      ...["wide.png", "wide-prob.png", "wide-labels.tif", "wide.geojson"],
    ]);
    expect(await sharp(join(out, "wide.png"), { limitInputPixels: false }).metadata()).toMatchObject({
      width: 4200,
      height: 4100,
    });
  });

  it("leaves nothing half written when it is interrupted within an image", async () => {
    const out = join(root, "interrupted");
    const running = start(["predict", weights, wide, "-o", out, "--tile", "256", "--format", "png,prob", "--threads", "1"]);
    const begun = setInterval(() => {
      if (!existsSync(out) || readdirSync(out).length === 0) return;
      clearInterval(begun);
      running.child.kill("SIGINT");
    }, 20);
    const { code } = await running.outcome;
    clearInterval(begun);
    expect(code).toBe(130);
    expect(readdirSync(out)).toEqual([]);
  });
});
