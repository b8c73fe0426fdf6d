import { readFileSync } from "node:fs";
import { join } from "node:path";
import { unzipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { type CocoCells, cocoCells, PredictionFolder } from "../../lib/index.js";
import { encodeRoi } from "../../lib/predict/formats/imagej.js";
import type { Polygon } from "../../lib/predict/formats/outline.js";
import { Prediction } from "../../lib/predict/prediction.js";
import { temporary } from "../temporary.js";
import { numbers } from "./pictures.js";

interface Fixture {
  coco: { rows: string[]; cells: { counts: string; area: number; bbox: number[] }[] }[];
  regions: { polygon: Polygon; bytes: string }[];
}

const file = new URL("../fixtures/predict/formats.json", import.meta.url);
const reference = JSON.parse(readFileSync(file, "utf8")) as Fixture;

/** Rings as the core gives them. */
const open = (polygon: Polygon) => polygon.map((ring) => Int32Array.from(ring.slice(0, -1).flat()));

/** # is a cell. */
function drawn(rows: string[], source?: string): Promise<Prediction> {
  const probability = Float32Array.from(rows.join(""), (c) => (c === "#" ? 0.75 : 0.25));
  return Prediction.of(probability, rows.length, rows[0]?.length ?? 0, { source });
}

describe("coco", () => {
  it("gives COCO's run lengths, areas and boxes of cells with holes, at every border, and of a whole image", async () => {
    for (const { rows, cells } of reference.coco) {
      const { annotations } = await (await drawn(rows)).toCoco();
      expect(annotations.map(({ segmentation, area, bbox }) => ({ counts: segmentation.counts, area, bbox }))).toEqual(cells);
      for (const { segmentation, score, iscrowd } of annotations) {
        expect({ size: segmentation.size, score, iscrowd }).toEqual({
          size: [rows.length, rows[0]?.length],
          score: 0.75,
          iscrowd: 0,
        });
      }
    }
  });

  it("joins images in one document, whose annotations point to their image and category", async () => {
    const [one, none, two] = [await drawn(["#.", "..", ".."]), await drawn(["..."]), await drawn(["#.#.#"])];
    const { images, annotations, categories } = await cocoCells([
      { file: "a.png", prediction: one },
      { file: "b.png", prediction: none },
      { file: "c.png", prediction: two },
    ]);
    expect(images).toEqual([
      { id: 1, file_name: "a.png", width: 2, height: 3 },
      { id: 2, file_name: "b.png", width: 3, height: 1 },
      { id: 3, file_name: "c.png", width: 5, height: 1 },
    ]);
    expect(annotations.map(({ id, image_id }) => [id, image_id])).toEqual([
      [1, 1],
      [2, 3],
      [3, 3],
      [4, 3],
    ]);
    expect(annotations.map(({ category_id }) => category_id)).toEqual([1, 1, 1, 1]);
    expect(categories).toEqual([{ id: 1, name: "cell", supercategory: "" }]);
  });
});

describe("imagej", () => {
  it("lays regions out as roifile does: traced rings, and composites where there are holes", () => {
    for (const { polygon, bytes } of reference.regions) {
      const expected = Buffer.from(bytes, "base64");
      expected.fill(0, 60, 64); // where a second header starts, which ours do not have
      expect(Buffer.from(encodeRoi(open(polygon))).toString("hex")).toBe(expected.toString("hex"));
    }
  });

  it("covers exactly the cells' pixels, one region a cell, named by its label", async () => {
    const random = numbers(5);
    const rows = Array.from({ length: 40 }, () => Array.from({ length: 53 }, () => (random() < 0.5 ? "#" : ".")).join(""));
    for (const each of [rows, ...reference.coco.map((one) => one.rows)]) {
      const prediction = await drawn(each);
      const files = Object.entries(unzipSync(await prediction.toImageJ()));
      const digits = String(prediction.instances.length).length;
      const names = prediction.instances.map(({ label }) => `cell-${String(label).padStart(digits, "0")}.roi`);
      expect(files.map(([name]) => name)).toEqual(names);
      files.forEach(([, bytes], index) => {
        const inside = area(bytes);
        const covered = prediction.labels.map((_, i) => {
          return inside((i % prediction.width) + 0.5, Math.floor(i / prediction.width) + 0.5) ? index + 1 : 0;
        });
        expect(covered).toEqual(prediction.labels.map((label) => (label === index + 1 ? label : 0)));
      });
    }
  });

  it("keeps corners beyond the reach of 16 bits", () => {
    const far = [
      [
        [40000, 5],
        [40010, 5],
        [40010, 9],
        [40000, 9],
        [40000, 5],
      ],
    ] as Polygon;
    const inside = area(encodeRoi(open(far)));
    expect([inside(40005.5, 7.5), inside(39999.5, 7.5), inside(40010.5, 7.5)]).toEqual([true, false, false]);
  });

  it("gives the same bytes for the same cells, and an empty zip for none", async () => {
    const bytes = async (row: string) => (await drawn([row])).toImageJ();
    expect(await bytes("#.#")).toEqual(await bytes("#.#"));
    expect(unzipSync(await bytes("..."))).toEqual({});
  });
});

describe("saved files", () => {
  it("are taken from their ending, and name the image that they are about", async () => {
    const folder = temporary();
    await (await drawn(["#.#"], "slides/a.tif")).save(join(folder, "x-coco.json"));
    await (await drawn(["#.#"])).save(join(folder, "b.zip"));
    const read = (name: string) => JSON.parse(readFileSync(join(folder, name), "utf8")) as CocoCells;
    expect(read("x-coco.json").images[0]?.file_name).toBe("a.tif");
    expect(Object.keys(unzipSync(readFileSync(join(folder, "b.zip"))))).toHaveLength(2);
    await (await drawn(["#"])).save(join(folder, "c.json"), { format: "coco" });
    expect(read("c.json").images[0]?.file_name).toBe("c.png");
  });

  it("of a folder are one each for an image, and one COCO document for all", async () => {
    const path = join(temporary(), "new");
    const folder = new PredictionFolder(path, ["coco", "imagej", "geojson"], ["x/a.png", "x/a.tif", "x/b.png"]);
    expect(await folder.add("x/a.png", await drawn(["#."]))).toEqual([
      join(path, "a.png-rois.zip"),
      join(path, "a.png.geojson"),
    ]);
    expect(await folder.add("x/b.png", await drawn(["#.#"]))).toEqual([join(path, "b-rois.zip"), join(path, "b.geojson")]);
    const [coco = ""] = await folder.finish();
    const { images, annotations } = JSON.parse(readFileSync(coco, "utf8")) as CocoCells;
    expect(images.map(({ file_name }) => file_name)).toEqual(["a.png", "b.png"]);
    expect(annotations).toHaveLength(3);
    expect(await new PredictionFolder(path, ["png"], []).finish()).toEqual([]);
  });
});

/** Which points a region holds, by the even-odd rule. The layout is that of the test above. */
function area(roi: Uint8Array): (x: number, y: number) => boolean {
  const view = new DataView(roi.buffer, roi.byteOffset, roi.byteLength);
  const rings: [number, number][][] = [];
  const values = view.getInt32(36);
  if (values > 0) {
    for (let at = 64; at < 64 + 4 * values; ) {
      const step = view.getFloat32(at);
      if (step === 0) rings.push([]);
      if (step !== 4) rings.at(-1)?.push([view.getFloat32(at + 4), view.getFloat32(at + 8)]);
      at += step === 4 ? 4 : 12;
    }
  } else {
    const [top, left, count] = [view.getInt16(8), view.getInt16(10), view.getUint16(16)];
    const corner = (i: number): [number, number] => [
      left + view.getInt16(64 + 2 * i),
      top + view.getInt16(64 + 2 * (count + i)),
    ];
    rings.push(Array.from({ length: count }, (_, i) => corner(i)));
  }
  return (px, py) => {
    let crossings = 0;
    for (const ring of rings) {
      ring.forEach(([x, y], i) => {
        const [nx, ny] = ring[(i + 1) % ring.length] as [number, number];
        if (y > py !== ny > py && px < x + ((py - y) / (ny - y)) * (nx - x)) crossings++;
      });
    }
    return crossings % 2 === 1;
  };
}
