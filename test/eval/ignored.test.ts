import { describe, expect, it } from "vitest";
import { cellMapHandle } from "../../lib/addon/handles.js";
import { settle } from "../../lib/addon/job.js";
import { native } from "../../lib/addon/load.js";
import { maskStatistics, metrics } from "../../lib/functional/index.js";
import { Prediction } from "../../lib/predict/prediction.js";
import { judgedCells } from "../../lib/report/judged-cells.js";

const [height, width] = [40, 64];
const draw = (inside: (x: number, y: number) => boolean) =>
  Uint8Array.from({ length: height * width }, (_, i) => Number(inside(i % width, Math.floor(i / width))));
const disc = (cx: number, cy: number, r: number) => (x: number, y: number) => (x - cx) ** 2 + (y - cy) ** 2 <= r * r;
const any = (...shapes: ReturnType<typeof disc>[]) => draw((x, y) => shapes.some((shape) => shape(x, y)));
const cut = (mask: Uint8Array, columns: number) => mask.filter((_, i) => i % width < columns);

const truth = any(disc(12, 12, 6), disc(14, 30, 4));
const right = draw((x) => x >= 40);

describe("scores where pixels do not count", () => {
  it("are those of the image without them", () => {
    // Beside a shifted cell and a phantom that count, three of any kind that do not.
    const prediction = any(disc(14, 12, 6), disc(25, 8, 3), disc(50, 10, 5), disc(55, 30, 5), disc(44, 25, 3));
    const full = truth.map((cell, i) => (right[i] ? Number(i % 3 === 0) : cell));
    const found = metrics(prediction, full, height, width, undefined, { ignored: right });
    expect(found).toEqual(metrics(cut(prediction, 40), cut(truth, 40), height, 40));
  });

  it("leave out a predicted cell that lies there by more than half, and cut off another's part", () => {
    const [mostlyOut, mostlyIn] = [draw((x, y) => x >= 38 && x < 43 && y < 4), draw((x, y) => x >= 37 && x < 42 && y < 4)];
    const scored = (prediction: Uint8Array, real: Uint8Array) =>
      metrics(prediction, real, height, width, undefined, { ignored: right }).objects;
    expect(scored(mostlyOut, new Uint8Array(truth.length))).toMatchObject({ predicted: 0, phantom: 0 });
    expect(scored(mostlyIn, new Uint8Array(truth.length))).toMatchObject({ predicted: 1, phantom: 1 });
    const part = draw((x, y) => x >= 37 && x < 40 && y < 4);
    expect(scored(mostlyIn, part)).toMatchObject({ matched: 1, panopticQuality: 1 });
  });

  it("know no outline along them", () => {
    const band = draw((x) => x >= 20 && x < 50);
    const rim = draw((x) => (x >= 15 && x < 25) || (x >= 45 && x < 55));
    // The prediction's outline lies in the rim all over: nothing of it can be wrong.
    const { boundary, diceMicro } = metrics(band, band, height, width, undefined, { ignored: rim });
    expect(boundary.f1).toBe(1);
    const wide = draw((x) => x >= 16 && x < 53);
    const other = metrics(wide, band, height, width, undefined, { ignored: rim });
    expect([other.diceMicro.value, other.boundary.f1, other.boundary.meanDistance]).toEqual([diceMicro.value, 1, 0]);
  });

  it("are undefined where nothing counts", () => {
    const nothing = metrics(truth, truth, height, width, undefined, { ignored: new Uint8Array(truth.length).fill(1) });
    expect([nothing.dicePerImage.value, nothing.perImageScores[0]?.objects.f1]).toEqual([Number.NaN, Number.NaN]);
  });
});

it("statistics of a mask take cells beside ignored pixels for cut", () => {
  const cells = any(disc(12, 12, 6), disc(35, 30, 4));
  const mask = cells.map((cell, i) => (right[i] ? 2 : cell));
  const found = native().functional.maskStatistics(mask, height, width);
  const expected = maskStatistics(cells, height, width);
  expect(found).toEqual({
    ...expected,
    pixels: 40 * height,
    smallestWhole: cells.slice(0, 19 * width).reduce((a, b) => a + b),
  });
});

it("what became of each cell adds up to the scores, in the labels that the cells have", async () => {
  const prediction = any(disc(14, 12, 6), disc(25, 8, 3), disc(50, 10, 5), disc(38, 33, 4), disc(15, 30, 4));
  const mask = truth.map((cell, i) => (right[i] ? 2 : cell));
  const store = new (native().SampleStore)();
  store.add(new Uint8Array(3 * mask.length), mask, height, width);
  const found = await Prediction.of(Float32Array.from(prediction), height, width);
  const scorer = new (native().Scorer)();
  const scored = await settle(() => scorer.addFound(store, 0, found[cellMapHandle], 1));
  const cells = judgedCells(scored, found.instances);
  const { objects } = await settle(() => scorer.summary({ threshold: 0.5, emptyScore: 1, bootstrapRounds: 0, seed: 0 }));
  const [real, predicted] = (["true", "predicted"] as const).map((of) => cells.filter(({ side }) => side === of));
  expect(real?.map(({ label, partner }) => [label, partner])).toEqual([
    [1, found.labels[12 * width + 14]],
    [2, found.labels[30 * width + 15]],
  ]);
  // The cell on the right does not count; the one on the border does, with the part that lies on the left.
  expect(predicted?.map(({ outcome }) => outcome).sort()).toEqual(["found", "found", "phantom", "phantom"]);
  expect(objects).toMatchObject({ truth: 2, predicted: 4, matched: 2, phantom: 2 });
});
