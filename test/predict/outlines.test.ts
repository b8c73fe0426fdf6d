import { describe, expect, it } from "vitest";
import { cocoPieces } from "../../lib/predict/formats/coco.js";
import { geoJsonPieces } from "../../lib/predict/formats/geojson.js";
import { Outlines } from "../../lib/predict/formats/outline.js";
import { Prediction } from "../../lib/predict/prediction.js";
import { outline } from "./outline-reference.js";
import { numbers } from "./pictures.js";

/** Pixels at random, each a cell with this probability. */
function noise(height: number, width: number, density: number, seed: number): Promise<Prediction> {
  const random = numbers(seed);
  return Prediction.of(
    Float32Array.from({ length: height * width }, () => (random() < density ? 0.9 : 0.1)),
    height,
    width,
  );
}

describe("outlines", () => {
  it("are those of a plain walk around each cell by itself: the same polygons, rings and corners in the same order", async () => {
    let holes = 0;
    for (const [n, density] of [0.2, 0.4, 0.5, 0.6, 0.7, 0.85, 0.97].entries()) {
      const prediction = await noise(37 + n, 53 - n, density, n);
      const found = await Outlines.of(prediction);
      for (const { label, boundingBox } of prediction.instances) {
        const expected = outline(prediction.labels, label, prediction.width, boundingBox);
        expect(found.polygons(label)).toEqual(expected);
        const corners = expected.flat().reduce((sum, ring) => sum + ring.length - 1, 0);
        expect(found.corners(label)).toBe(corners);
        holes += expected.reduce((sum, rings) => sum + rings.length - 1, 0);
      }
    }
    expect(holes).toBeGreaterThan(300);
  });

  it("are those of labels that a script has changed, whose cells need not hang together", async () => {
    const prediction = await noise(20, 30, 0.5, 3);
    const count = prediction.instances.length;
    prediction.labels.forEach((label, i) => {
      if (label === 2) prediction.labels[i] = count;
    });
    const box = { x: 0, y: 0, width: 30, height: 20 };
    const found = await Outlines.of(prediction);
    for (let label = 1; label <= count; label++) {
      expect(found.polygons(label)).toEqual(outline(prediction.labels, label, 30, box));
    }
  });

  it("of labels that are none are refused by their value", async () => {
    const prediction = await noise(4, 4, 1, 1);
    prediction.labels[5] = 7;
    await expect(prediction.toGeoJson()).rejects.toMatchObject({ code: "ACINUS_INVALID_ARGUMENT", value: 7 });
    await expect(prediction.toCoco()).rejects.toMatchObject({ code: "ACINUS_INVALID_ARGUMENT", value: 7 });
    prediction.labels[5] = -1;
    await expect(prediction.toImageJ()).rejects.toMatchObject({ code: "ACINUS_INVALID_ARGUMENT", value: -1 });
  });
});

const text = (pieces: Uint8Array[]) => Buffer.concat(pieces).toString();

describe("documents written piece by piece", () => {
  it("are the text of the whole document", async () => {
    for (const density of [0, 0.3, 0.8]) {
      const prediction = await noise(30, 40, density, 9);
      expect(text(await geoJsonPieces(prediction))).toBe(`${JSON.stringify(await prediction.toGeoJson())}\n`);
      const coco = await prediction.toCoco('ä "quoted".png');
      expect(text(await cocoPieces(coco))).toBe(`${JSON.stringify(coco)}\n`);
    }
  });
});
