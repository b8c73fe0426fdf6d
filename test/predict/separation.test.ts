import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Prediction } from "../../lib/predict/prediction.js";
import { touchingCells } from "./touching.js";

interface Case {
  height: number;
  width: number;
  h: number;
  probabilityWeight: number;
  probability: string;
  labels: string;
  cells: number;
}
const file = new URL("../fixtures/predict/separation.json", import.meta.url);
const cases = JSON.parse(readFileSync(file, "utf8")) as Case[];

describe("separation by watershed", () => {
  it.each(cases.map((one, i) => [i, one] as const))(
    "finds the hills of scikit-image's reconstruction and its watershed's basins but for their rims, scene %i",
    async (_, { height, width, h, probabilityWeight, ...packed }) => {
      const probability = Float32Array.from(Buffer.from(packed.probability, "base64"), (byte) => byte / 255);
      const expected = Buffer.from(packed.labels, "base64");
      const separation = { method: "watershed", h, probabilityWeight, fillHoles: 0 } as const;
      const { labels, instances, mask } = await Prediction.of(probability, height, width, { separation });
      expect(instances.length).toBe(packed.cells);
      expect(mask).toEqual(Uint8Array.from(expected, (label) => (label > 0 ? 1 : 0)));
      // One of ours for each of theirs, and nearly all pixels alike: the way up decides here, the order of flooding there.
      const partner = new Map<number, Map<number, number>>();
      labels.forEach((label, i) => {
        const shared = partner.get(label) ?? partner.set(label, new Map()).get(label);
        shared?.set(expected[i] as number, (shared.get(expected[i] as number) ?? 0) + 1);
      });
      partner.delete(0);
      const best = [...partner.values()].map((shared) => [...shared].reduce((a, b) => (b[1] > a[1] ? b : a)));
      expect(new Set(best.map(([label]) => label)).size).toBe(packed.cells);
      const alike = best.reduce((sum, [, pixels]) => sum + pixels, 0) / mask.reduce((sum, one) => sum + one, 0);
      expect(alike).toBeGreaterThan(0.985);
    },
  );

  it("tells touching cells apart that components join", async () => {
    const { probability, labels, height, width } = touchingCells(8, 9, 11, 3);
    const count = labels.reduce((a, b) => Math.max(a, b));
    const joined = await Prediction.of(probability, height, width);
    const apart = await Prediction.of(probability, height, width, { separation: { method: "watershed" } });
    expect(joined.instances.length).toBeLessThan(count / 2);
    expect(apart.instances.length).toBe(count);
    expect(apart.mask).toEqual(joined.mask);
    expect(apart.separation).toMatchObject({ method: "watershed", h: 1, fillHoles: 16 });
  });

  it("leaves out what is too small and fills holes, in labels, mask and instances alike", async () => {
    const rows = ["#####..#", "#...#...", "#.#.#.##", "#...#.##", "#####..."];
    const probability = Float32Array.from(rows.join(""), (c) => (c === "#" ? 0.9 : 0.1));
    const found = (separation: object) =>
      Prediction.of(probability, 5, 8, { separation: { method: "components", ...separation } });
    expect((await found({})).instances.map(({ area }) => area)).toEqual([16, 1, 1, 4]);
    const large = await found({ minimumSize: 4 });
    expect(large.instances.map(({ label, area }) => [label, area])).toEqual([
      [1, 16],
      [2, 4],
    ]);
    expect(large.mask.reduce((sum, one) => sum + one, 0)).toBe(20);
    expect((await found({ fillHoles: 7 })).instances.map(({ area }) => area)).toEqual([16, 1, 1, 4]);
    const filled = await found({ fillHoles: 8 });
    expect(filled.instances.map(({ area }) => area)).toEqual([25, 1, 4]);
    expect(filled.labels.slice(8, 13)).toEqual(Int32Array.of(1, 1, 1, 1, 1));
  });

  it("refuses options that are none, with the nearest name", async () => {
    const of = (separation: object) => Prediction.of(new Float32Array(1), 1, 1, { separation });
    await expect(of({ minimumsize: 3 })).rejects.toThrow(/did you mean "minimumSize"/);
    await expect(of({ method: "watersheds" })).rejects.toThrow(/Did you mean "watershed"/);
    await expect(of({ h: -1 })).rejects.toMatchObject({ code: "ACINUS_CONFIG", value: -1 });
  });
});
