import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { settle } from "../../lib/addon/job.js";
import { native } from "../../lib/addon/load.js";
import { searchRule } from "../../lib/evaluate/choose-cells.js";
import { metrics } from "../../lib/functional/index.js";
import { type TouchingCells, touchingCells } from "../predict/touching.js";
import { within } from "../within.js";

interface Case {
  height: number;
  width: number;
  truth: string;
  predicted: string;
  f1: number;
  panopticQuality: number;
  matched: number;
  averagePrecision: number;
  aggregatedJaccard: number;
}
const cases = JSON.parse(readFileSync(new URL("../fixtures/eval/cells.json", import.meta.url), "utf8")) as Case[];

const labelsOf = (text: string) => Int32Array.from(Buffer.from(text, "base64"));
const maskOf = (labels: Int32Array) => Uint8Array.from(labels, (label) => (label > 0 ? 1 : 0));

describe("scores of touching cells", () => {
  it.each(cases.map((one, i) => [i, one] as const))(
    "are StarDist's, and the AJI that sets of pixels give, scene %i",
    (_, one) => {
      const [truth, predicted] = [labelsOf(one.truth), labelsOf(one.predicted)];
      const cells = { trueCells: truth, predictedCells: predicted };
      const { objects } = metrics(maskOf(predicted), maskOf(truth), one.height, one.width, undefined, cells);
      expect(objects.matched).toBe(one.matched);
      for (const key of ["f1", "panopticQuality", "averagePrecision"] as const) {
        within("object scores of touching cells against StarDist", Math.abs(objects[key] - one[key]), 1e-6, key);
      }
      within(
        "aggregated Jaccard index against sets of pixels",
        Math.abs(objects.aggregatedJaccard - one.aggregatedJaccard),
        1e-9,
      );
    },
  );

  it("are those of components where nothing tells cells apart", () => {
    const mask = Uint8Array.from("110110000111", Number);
    const { objects } = metrics(mask, mask, 3, 4);
    expect(objects).toMatchObject({ truth: objects.predicted, f1: 1, aggregatedJaccard: 1 });
    expect(objects.averagePrecision).toBeCloseTo(1, 12);
    const none = metrics(new Uint8Array(12), new Uint8Array(12), 3, 4, undefined, { emptyPolicy: 0 }).objects;
    expect([none.averagePrecision, none.aggregatedJaccard]).toEqual([0, 0]);
  });
});

describe("the choice of threshold and separation", () => {
  const chosenFor = async (images: TouchingCells[]) => {
    const set = new (native().ProbabilitySet)();
    for (const { probability, labels, height, width } of images) set.addImage(probability, labels, height, width);
    const chosen = await searchRule((rules) => settle(() => set.score(rules)), images.length);
    set.close();
    return chosen;
  };

  it("tells cells apart where they touch, and is the best of what it tried", async () => {
    const chosen = await chosenFor([touchingCells(5, 6, 9, 1), touchingCells(4, 7, 12, 2)]);
    expect(chosen?.rule.separation.method).toBe("watershed");
    expect(chosen?.f1).toBeGreaterThan(0.95);
    expect(chosen?.plainF1).toBeLessThan(0.5);
    const most = Math.max(...(chosen?.tried ?? []).map(({ f1 }) => f1));
    expect(chosen?.f1).toBeGreaterThanOrEqual(most - 0.01);
    expect(chosen?.tried).toContainEqual({ ...chosen?.rule, f1: chosen?.f1 });
  });

  it("stays with components at 0.5 where nothing is better", async () => {
    const probability = Float32Array.from("110011000011", (c) => (c === "1" ? 0.99 : 0.01));
    const labels = Int32Array.from("110022000033", Number);
    const chosen = await chosenFor([{ probability, labels, height: 3, width: 4 }]);
    expect(chosen).toMatchObject({ rule: { threshold: 0.5, separation: { method: "components", minimumSize: 0 } }, images: 1 });
  });

  it("is none without a true cell", async () => {
    const image = touchingCells(2, 2, 6, 1);
    expect(await chosenFor([{ ...image, labels: image.labels.map(() => 0) }])).toBeUndefined();
  });
});
