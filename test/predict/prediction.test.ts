import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { Prediction } from "../../lib/predict/prediction.js";
import { temporary } from "../temporary.js";
import { numbers } from "./pictures.js";

/** # is a cell. */
function drawn(rows: string[], cell = 0.9, ground = 0.1): Promise<Prediction> {
  const probability = Float32Array.from(rows.join(""), (c) => (c === "#" ? cell : ground));
  return Prediction.of(probability, rows.length, rows[0]?.length ?? 0);
}

const two = await drawn(["##...", "##..#", ".#...", "....#", "...##"]);

/** Twice the area, with the sign of the direction. */
function shoelace(ring: [number, number][]): number {
  return ring.slice(1).reduce((sum, [x, y], i) => {
    const [px, py] = ring[i] as [number, number];
    return sum + px * y - x * py;
  }, 0);
}

async function polygons(prediction: Prediction): Promise<{ label: number; rings: [number, number][][] }[]> {
  return (await prediction.toGeoJson()).features.flatMap(({ properties, geometry }) => {
    const parts = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
    return parts.map((rings) => ({ label: properties.measurements.Label as number, rings }));
  });
}

/** Even-odd over all rings. */
function covers(rings: [number, number][][], px: number, py: number): boolean {
  let inside = false;
  for (const ring of rings) {
    for (let i = 1; i < ring.length; i++) {
      const [[x, y], [nx, ny]] = [ring[i - 1], ring[i]] as [[number, number], [number, number]];
      if (y > py !== ny > py && px < x + ((py - y) / (ny - y)) * (nx - x)) inside = !inside;
    }
  }
  return inside;
}

describe("instances", () => {
  it("carry area, centroid, bounding box and mean probability", () => {
    expect(two.instances.map(({ label, area }) => [label, area])).toEqual([
      [1, 5],
      [2, 1],
      [3, 3],
    ]);
    expect(two.instances[0]).toMatchObject({ centroid: { x: 0.6, y: 0.8 }, boundingBox: { x: 0, y: 0, width: 2, height: 3 } });
    expect(two.instances[2]).toMatchObject({ boundingBox: { x: 3, y: 3, width: 2, height: 2 } });
    expect(two.instances[0]?.score).toBeCloseTo(0.9, 6);
  });
  it("are none on an empty mask", async () => {
    const empty = await drawn(["...", "..."]);
    expect(empty.instances).toEqual([]);
    expect((await empty.toGeoJson()).features).toEqual([]);
  });
});

describe("saved files", () => {
  const read = async (path: string, depth: "uchar" | "ushort") => {
    const { data, info } = await sharp(path)
      .toColourspace(depth === "uchar" ? "b-w" : "grey16")
      .raw({ depth })
      .toBuffer({ resolveWithObject: true });
    const values = depth === "uchar" ? data : new Uint16Array(data.buffer, data.byteOffset, data.length / 2);
    return {
      values: Array.from(values).filter((_, i) => i % info.channels === 0),
      depth: (await sharp(path).metadata()).depth,
    };
  };

  it("hold the mask as 0 and 255", async () => {
    const path = join(temporary(), "mask.png");
    await two.save(path);
    expect(await read(path, "uchar")).toEqual({ values: Array.from(two.mask, (v) => v * 255), depth: "uchar" });
    expect(await two.toPng()).toEqual(readFileSync(path));
  });
  it("hold every label of 300 cells in 16 bits", async () => {
    const many = await drawn(Array.from({ length: 40 }, (_, y) => (y % 2 ? "." : "#").padEnd(2, ".").repeat(15)));
    expect(many.instances).toHaveLength(300);
    const path = join(temporary(), "labels.png");
    await many.save(path, { format: "labels" });
    expect(await read(path, "ushort")).toEqual({ values: Array.from(many.labels), depth: "ushort" });
  });
  it("hold probabilities to half a step of 8 or 16 bits", async () => {
    const random = numbers(3);
    const prediction = await Prediction.of(Float32Array.from({ length: 35 }, random), 5, 7);
    const folder = temporary();
    for (const [bits, depth, top] of [
      [8, "uchar", 255],
      [16, "ushort", 65535],
    ] as const) {
      const path = join(folder, `${bits}.png`);
      await prediction.save(path, { format: "prob", bits });
      const { values, depth: stored } = await read(path, depth);
      expect(stored).toBe(depth);
      values.forEach((value, i) => {
        expect(Math.abs(value / top - (prediction.probability[i] as number))).toBeLessThanOrEqual(0.5001 / top);
      });
    }
  });
  it("are whole: nothing else is left in the folder, and folders are made", async () => {
    const folder = join(temporary(), "a", "b");
    await two.save(join(folder, "cells.geojson"));
    expect(readdirSync(folder)).toEqual([".acinus-written.jsonl", "cells.geojson"]);
    expect(JSON.parse(readFileSync(join(folder, "cells.geojson"), "utf8")).features).toHaveLength(3);
  });
  it("are refused in formats not known, with the known ones", async () => {
    await expect(two.save("/tmp/x.gif")).rejects.toThrowError(/"\.gif".*png, prob, labels, geojson, imagej, coco/);
    await expect(two.save("/tmp/x.png", { format: "gif" as "png" })).rejects.toMatchObject({
      code: "ACINUS_INVALID_ARGUMENT",
    });
  });
  it("that cannot be written are named", async () => {
    const file = join(temporary(), "file");
    writeFileSync(file, "");
    const path = join(file, "mask.png");
    await expect(two.save(path)).rejects.toMatchObject({ code: "ACINUS_WRITE_FAILED", file: path });
  });
});

describe("outlines", () => {
  const random = numbers(11);
  const noise = Array.from({ length: 40 }, (_, n) =>
    Array.from({ length: 1 + (n % 12) }, () =>
      Array.from({ length: 1 + ((n * 5) % 13) }, () => (random() < 0.6 ? "#" : ".")).join(""),
    ),
  );
  const ring = ["#####.", "#...##", "#.#.#.", "#...#.", "#####."];
  const all = async () => [two, ...(await Promise.all([ring, ...noise].map((rows) => drawn(rows))))];

  it("cover exactly their cells' pixels, holes and corners included", async () => {
    for (const prediction of await all()) {
      const parts = await polygons(prediction);
      for (let i = 0; i < prediction.labels.length; i++) {
        const [x, y] = [(i % prediction.width) + 0.5, Math.floor(i / prediction.width) + 0.5];
        const owners = parts.filter(({ rings }) => covers(rings, x, y)).map(({ label }) => label);
        expect(owners).toEqual(prediction.labels[i] ? [prediction.labels[i]] : []);
      }
    }
  });
  it("are closed simple rings of the cells' area, outer ones clockwise on screen and holes against it", async () => {
    for (const prediction of await all()) {
      const areas = new Map<number, number>();
      for (const { label, rings } of await polygons(prediction)) {
        rings.forEach((points, index) => {
          expect(points.at(-1)).toEqual(points[0]);
          expect(new Set(points.map(String)).size).toBe(points.length - 1);
          expect(Math.sign(shoelace(points))).toBe(index === 0 ? 1 : -1);
          areas.set(label, (areas.get(label) ?? 0) + shoelace(points) / 2);
        });
      }
      expect([...areas.values()]).toEqual(prediction.instances.map(({ area }) => area));
    }
  });
});
