import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { decodeTruth } from "../../lib/dataset/masks.js";
import { type GeoJsonCells, Prediction, PredictionFolder } from "../../lib/index.js";
import { temporary } from "../temporary.js";
import { within } from "../within.js";
import { numbers } from "./pictures.js";

interface Case {
  height: number;
  width: number;
  mask: string;
  rgb: string;
  painted: string;
  cells: { area: number; perimeter: number; eccentricity: number; intensity: number[] }[];
}
const file = new URL("../fixtures/predict/regions.json", import.meta.url);
const cases = JSON.parse(readFileSync(file, "utf8")) as Case[];
const bytes = (text: string) => new Uint8Array(Buffer.from(text, "base64"));

function predicted({ height, width, mask, rgb }: Case, more: object = {}): Promise<Prediction> {
  const probability = Float32Array.from(bytes(mask), (one) => (one ? 0.75 : 0.25));
  return Prediction.of(probability, height, width, { image: { data: bytes(rgb), height, width }, ...more });
}

describe("measurements", () => {
  it.each(cases.map((one, i) => [i, one] as const))("are those of scikit-image's regionprops, scene %i", async (_, one) => {
    const found = await (await predicted(one)).measurements();
    expect(found.map(({ area }) => area)).toEqual(one.cells.map(({ area }) => area));
    found.forEach(({ perimeter, eccentricity, intensity, circularity, area }, i) => {
      const expected = one.cells[i] as Case["cells"][number];
      within("perimeter of cells against scikit-image, px", Math.abs(perimeter - expected.perimeter), 1e-9);
      within("eccentricity of cells against scikit-image", Math.abs(eccentricity - expected.eccentricity), 1e-6);
      intensity?.forEach((mean, channel) => {
        within("mean intensity of cells against scikit-image", Math.abs(mean - (expected.intensity[channel] as number)), 1e-9);
      });
      expect(circularity).toBeCloseTo(perimeter > 0 ? Math.min(1, (4 * Math.PI * area) / perimeter ** 2) : 1, 12);
    });
  });

  it("know no brightness without an image", async () => {
    const prediction = await Prediction.of(Float32Array.of(0.9), 1, 1);
    expect(await prediction.measurements()).toEqual([
      { ...prediction.instances[0], perimeter: 0, circularity: 1, eccentricity: 0, intensity: null },
    ]);
    await expect(prediction.save(join(temporary(), "x.png"), { format: "overlay" })).rejects.toThrow("There is no image");
  });
});

describe("formats", () => {
  it("overlay paints the pixels that scikit-image's find_boundaries marks, and no others", async () => {
    for (const one of cases) {
      const path = join(temporary(), "overlay.png");
      await (await predicted(one)).save(path, { format: "overlay" });
      const { data } = await sharp(path).raw().toBuffer({ resolveWithObject: true });
      const [rgb, painted] = [bytes(one.rgb), bytes(one.painted)];
      const expected = rgb.map((value, i) => (painted[Math.floor(i / 3)] ? ([255, 255, 0][i % 3] as number) : value));
      expect(new Uint8Array(data)).toEqual(expected);
    }
  });

  it("GeoJSON has UUIDs, a class and measurements in px and µm, and the same bytes each time", async () => {
    const one = cases[0] as Case;
    const prediction = await predicted(one, { pixelSize: 0.25, source: "slides/a.tif" });
    const { features } = await prediction.toGeoJson();
    const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
    expect(features.every(({ id }) => uuid.test(id))).toBe(true);
    expect(new Set(features.map(({ id }) => id)).size).toBe(features.length);
    const [first] = features as [GeoJsonCells["features"][number]];
    expect(Object.keys(first.properties)).toEqual(["objectType", "name", "classification", "isLocked", "measurements"]);
    const { measurements } = first.properties;
    const [cell] = await prediction.measurements();
    expect(measurements).toMatchObject({ Label: 1, "Area px^2": cell?.area, "Mean red": cell?.intensity?.[0] });
    expect(measurements["Area µm^2"]).toBeCloseTo((cell?.area as number) / 16, 12);
    expect(measurements["Perimeter µm"]).toBeCloseTo((cell?.perimeter as number) / 4, 12);
    const again = await predicted(one, { pixelSize: 0.25, source: "elsewhere/a.tif" });
    expect(await again.toGeoJson()).toEqual({ type: "FeatureCollection", features });
  });

  it("labels are TIFF of 16 bits, and of 32 beyond 65,535 cells, with the pixel size; PNG refuses those", async () => {
    const folder = temporary();
    const grid = (side: number) =>
      Prediction.of(
        Float32Array.from({ length: side * side }, (_, i) => (i % 2 === 0 && Math.floor(i / side) % 2 === 0 ? 1 : 0)),
        side,
        side,
        { pixelSize: 0.5 },
      );
    for (const [side, count, bits] of [
      [40, 400, 16],
      [514, 66049, 32],
    ] as const) {
      const path = join(folder, `${side}.tif`);
      const prediction = await grid(side);
      await prediction.save(path);
      const truth = await decodeTruth(path, { maskValues: "labels" });
      expect([truth.width, truth.height, truth.pixelSize]).toEqual([side, side, undefined]);
      expect(Int32Array.from(truth.labels ?? [])).toEqual(new Int32Array(prediction.labels));
      expect(prediction.instances.length).toBe(count);
      expect(readFileSync(path).includes(Buffer.from([2, 1, 3, 0, 1, 0, 0, 0, bits, 0]))).toBe(true); // BitsPerSample
    }
    await expect((await grid(514)).save(join(folder, "x.png"), { format: "labels" })).rejects.toThrow(/66049 cells.*\.tif/);
    expect(existsSync(join(folder, "x.png"))).toBe(false);
  });

  it("cells.csv has a row a cell for all images, also where a name holds a comma, and is written anew with the same images", async () => {
    const path = temporary();
    const images = ["in/a, b.png", 'in/c"d.png'];
    const [one, two] = [cases[1] as Case, cases[3] as Case];
    const write = async () => {
      const folder = new PredictionFolder(path, ["csv"], images);
      await folder.add(images[0] as string, await predicted(one, { pixelSize: 2 }));
      await folder.add(images[1] as string, await predicted(two));
      return folder.finish();
    };
    expect(await write()).toEqual([join(path, "cells.csv")]);
    expect(await write()).toEqual([join(path, "cells.csv")]);
    const [head = "", ...rows] = readFileSync(join(path, "cells.csv"), "utf8").trimEnd().split("\n");
    expect(head).toBe(
      "image,label,area_px,perimeter_px,circularity,eccentricity,centroid_x_px,centroid_y_px,mean_red,mean_green,mean_blue,probability," +
        "pixel_size_um,area_um2,perimeter_um,centroid_x_um,centroid_y_um",
    );
    expect(rows.length).toBe(one.cells.length + two.cells.length);
    expect(rows[0]).toMatch(new RegExp(`^"a, b.png",1,${one.cells[0]?.area},.*,0.75,2,${4 * (one.cells[0]?.area as number)},`));
    expect(rows.at(-1)).toMatch(/^"c""d.png",\d+,.*,0.75,,,,,$/);
    expect(await new PredictionFolder(path, ["csv"], ["in/other.png"]).finish()).toEqual([join(path, "cells-2.csv")]);
  });

  it("of a porous component are whole, and stop at an abort", async () => {
    const random = numbers(2);
    const side = 600;
    const prediction = await Prediction.of(
      Float32Array.from({ length: side * side }, () => (random() < 0.65 ? 0.9 : 0.1)),
      side,
      side,
    );
    const largest = Math.max(...prediction.instances.map(({ area }) => area));
    expect(largest).toBeGreaterThan(0.6 * side * side);
    const text = Buffer.concat((await prediction.encode("geojson")) as Uint8Array[]).toString();
    expect((JSON.parse(text) as GeoJsonCells).features.length).toBe(prediction.instances.length);
    expect((await prediction.toImageJ()).length).toBeGreaterThan(100_000);
    for (const format of ["geojson", "imagej", "coco"] as const) {
      const stop = new AbortController();
      const writing = prediction.encode(format, { signal: stop.signal });
      stop.abort(new Error("enough"));
      await expect(writing).rejects.toThrow("enough");
    }
  });
});
