import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { errorColours, viridis } from "../../lib/render/colour-map.js";
import { renderPanels } from "../../lib/render/panels.js";
import type { PanelSample } from "../../lib/render/views.js";

const size = 32;
const square = (from: number, to: number) =>
  Uint8Array.from({ length: size * size }, (_, i) => {
    const [x, y] = [i % size, Math.floor(i / size)];
    return x >= from && x < to && y >= from && y < to ? 1 : 0;
  });
const truth = square(8, 20);
const probability = Float32Array.from(square(12, 24), (value) => (value ? 0.9 : 0.05));
const rgb = Uint8Array.from({ length: size * size * 3 }, (_, i) => 20 + (truth[Math.floor(i / 3)] ? 60 : 0) + (i % 5));
const sample: PanelSample = { title: "a.png", rgb, truth, probability, height: size, width: size };

async function pixels(png: Buffer) {
  const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return {
    info,
    at: (x: number, y: number) => Array.from(data.subarray(3 * (y * info.width + x), 3 * (y * info.width + x) + 3)),
  };
}

describe("the picture", () => {
  it("has a row of four views for each sample, enlarged by a whole factor", async () => {
    const [one, three] = [
      await pixels(await renderPanels([sample], { size: 128 })),
      await pixels(await renderPanels([sample, sample, sample], { size: 128 })),
    ];
    expect(one.info.width).toBe(2 * 24 + 4 * 128 + 3 * 12);
    expect(three.info.height - one.info.height).toBe(2 * (30 + 128 + 12));
  });

  it("shows truth, probability and each kind of error in its colour, pixel by pixel", async () => {
    const { at } = await pixels(await renderPanels([sample], { size: 128 }));
    const [left, top] = [24, 24 + 30 + 30];
    /** The middle of sample pixel (x, y) in a column. */
    const view = (column: number, x: number, y: number) => at(left + column * 140 + 4 * x + 2, top + 4 * y + 2);
    expect(view(1, 10, 10)).toEqual([255, 255, 255]);
    expect(view(1, 2, 2)).toEqual([0, 0, 0]);
    expect(view(2, 22, 22)).toEqual(viridis(Math.fround(0.9)));
    expect(view(2, 2, 2)).toEqual(viridis(Math.fround(0.05)));
    expect(view(3, 22, 22)).toEqual([...errorColours.falsePositive]);
    expect(view(3, 9, 9)).toEqual([...errorColours.falseNegative]);
    const right = view(3, 15, 15);
    expect(right[0]).toBe(right[1]);
    expect(right[0]).toBeGreaterThan(180);
    // Hard edges: the last screen pixel of one sample pixel and the first of the next are full values.
    expect(at(left + 140 + 4 * 8 - 1, top + 4 * 10)).toEqual([0, 0, 0]);
    expect(at(left + 140 + 4 * 8, top + 4 * 10)).toEqual([255, 255, 255]);
  });

  it("writes a caption with the Dice of each sample", async () => {
    const { at } = await pixels(await renderPanels([sample], { size: 128 }));
    let inked = 0;
    for (let y = 58; y < 82; y++) for (let x = 24; x < 300; x++) if ((at(x, y)[0] as number) < 128) inked++;
    expect(inked).toBeGreaterThan(50);
  });

  it("shows image and probability alone where there is no truth, and titles with any character", async () => {
    const png = await renderPanels([{ ...sample, truth: null, title: `<&'"> ü` }], { size: 64 });
    expect((await sharp(png).metadata()).width).toBe(2 * 24 + 2 * 64 + 12);
  });

  it("fits images of any size into its squares", async () => {
    const wide = {
      ...sample,
      title: "wide",
      height: 1,
      width: 700,
      rgb: new Uint8Array(2100),
      truth: new Uint8Array(700),
      probability: new Float32Array(700),
    };
    expect((await sharp(await renderPanels([wide, sample], { size: 128 })).metadata()).width).toBe(2 * 24 + 4 * 128 + 3 * 12);
  });

  it("needs a sample", async () => {
    await expect(renderPanels([])).rejects.toMatchObject({ code: "ACINUS_INVALID_ARGUMENT" });
  });
});

describe("viridis", () => {
  it("runs from violet to yellow and gets lighter all the way", () => {
    expect(viridis(0)).toEqual([68, 1, 84]);
    expect(viridis(1)).toEqual([253, 231, 37]);
    const luma = Array.from({ length: 101 }, (_, i) => viridis(i / 100)).map(([r, g, b]) => 0.299 * r + 0.587 * g + 0.114 * b);
    for (let i = 1; i <= 100; i++) expect(luma[i]).toBeGreaterThanOrEqual(luma[i - 1] as number);
  });
});
