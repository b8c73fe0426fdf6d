/** Annotation files that are damaged, or made to do harm: each ends in an error that names the file. */
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { Dataset } from "../../../lib/dataset/dataset.js";
import { readNpy } from "../../../lib/dataset/formats/npy.js";
import { unpickle } from "../../../lib/dataset/formats/pickle.js";
import { AcinusError } from "../../../lib/errors.js";
import { temporary } from "../../temporary.js";
import { npy, png, roi } from "./binary.js";
import { outlines, points, scenes, side, writeText } from "./scene.js";

const [s] = scenes;
const fixtures = fileURLToPath(new URL("../../fixtures/dataset/", import.meta.url));

function folderWith(name: string, content: string | Uint8Array | object): string {
  const folder = temporary();
  writeText(folder, "a.png", png(s.grey, 8));
  writeText(folder, name, content);
  return folder;
}

async function refusal(folder: string): Promise<AcinusError> {
  const error = await Dataset.open(folder).then(
    (data) => data.close(),
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(AcinusError);
  return error as AcinusError;
}

describe("Cellpose's pickles", () => {
  it.each([2, 3, 4, 5])("of protocol %i are read", async (protocol) => {
    const folder = temporary();
    const image = Uint8Array.from({ length: 32 * 32 }, (_, i) => i % 256);
    writeText(folder, "a.npy.txt", "");
    const sharp = (await import("sharp")).default;
    await sharp(image, { raw: { width: 32, height: 32, channels: 1 } })
      .toColourspace("b-w")
      .toFile(join(folder, "a.png"));
    copyFileSync(`${fixtures}seg-protocol${protocol}.npy`, join(folder, "a_seg.npy"));
    using data = await Dataset.open(folder);
    const { labels, count } = (await data.at(0).instances()) as { labels: Int32Array; count: number };
    const expected = Array.from({ length: 1024 }, (_, i) => {
      const [x, y] = [i % 32, Math.floor(i / 32)];
      return y % 8 < 4 && x % 8 < 4 ? Math.floor(y / 8) * 4 + Math.floor(x / 8) + 1 : 0;
    });
    expect([count, [...labels]]).toEqual([16, expected]);
  });

  it("execute nothing: a name beyond NumPy's few is refused", async () => {
    const folder = folderWith("a_seg.npy", "");
    copyFileSync(`${fixtures}seg-hostile.npy`, join(folder, "a_seg.npy"));
    const error = await refusal(folder);
    expect(error.message).toMatch(/asks for \w+.system, which is not allowed: nothing in a pickle is executed/);
    expect(error.file).toBe(join(folder, "a_seg.npy"));
  });

  it.each<[string, string]>([
    ["a global by its old instruction", "cos\nsystem\n(S'true'\ntR."],
    ["an instance", "(i__main__\nX\n."],
    ["a persistent id", "Pid\n."],
    ["an extension", "\x82\x01."],
    ["no end", "(((("],
    ["an empty stack", "."],
    ["a length beyond the file", "X\xff\xff\xff\x7f"],
    ["a mark for a value", "(."],
    ["a call of what is no function", "NN\x85R."],
  ])("with %s are refused", (_, text) => {
    expect(() => unpickle(Buffer.from(text, "latin1"))).toThrow(Error);
  });
});

describe("NumPy arrays", () => {
  it.each<[string, RegExp, Buffer]>([
    ["of objects", /type \|O/, npy(new Uint8Array(8), [1], "|O")],
    ["of complex numbers", /type <c8/, npy(new Uint8Array(8), [1], "<c8")],
    ["larger than their file", /cut short/, npy(new Uint8Array(8), [1 << 20, 1 << 10], "|u1")],
    ["of absurd size", /cut short/, npy(new Uint8Array(8), [2 ** 40, 2 ** 40], "<f8")],
    ["of negative size", /shape/, npy(new Uint8Array(8), [-4], "|u1")],
    ["without a header", /damaged/, Buffer.from("\x93NUMPY\x01\x00\x04\x00{}\n ", "latin1")],
  ])("%s are refused", (_, message, bytes) => {
    expect(() => readNpy(bytes)).toThrow(message);
  });

  it("of any byte order and axis order give their numbers", () => {
    const big = Buffer.alloc(8);
    [1, 2, 3, 4].forEach((value, i) => {
      big.writeUInt16BE(value, 2 * i);
    });
    const swapped = npy(new Uint8Array(big), [2, 2], ">u2");
    expect([...readNpy(swapped).values]).toEqual([1, 2, 3, 4]);
    const fortran = Buffer.from(swapped.toString("latin1").replace("False", "True "), "latin1");
    expect([...readNpy(fortran).values]).toEqual([1, 3, 2, 4]);
  });
});

describe("annotations are refused by name", () => {
  const polygon = (coordinates: unknown) => ({
    type: "FeatureCollection",
    features: [{ type: "Feature", geometry: { type: "Polygon", coordinates } }],
  });
  const xml = (inner: string, before = "") =>
    `<?xml version="1.0"?>${before}<Annotations><Annotation><Regions>${inner}</Regions></Annotation></Annotations>`;
  const entities = '<!DOCTYPE a [<!ENTITY b "&c;&c;"><!ENTITY c SYSTEM "file:///etc/passwd">]>';
  it.each<[string, RegExp, string, string | Uint8Array | object]>([
    ["GeoJSON that is no JSON", /not JSON/, "a.geojson", "{"],
    ["GeoJSON without coordinates", /no coordinates/, "a.geojson", polygon([[[1, "x"]]])],
    [
      "GeoJSON beyond the image",
      /none of its 1 outlines lies in the image/,
      "a.geojson",
      polygon([
        [
          [900, 900],
          [990, 900],
          [950, 990],
        ],
      ]),
    ],
    [
      "GeoJSON of a number that is none",
      /no coordinates|no number/,
      "a.geojson",
      '{"features":[{"geometry":{"type":"Polygon","coordinates":[[[1e999,1],[2,3],[4,5]]]}}]}',
    ],
    ["XML with a document type", /document type/, "a.xml", xml("<Region/>", entities)],
    ["XML that is cut short", /cannot be read/, "a.xml", xml("").slice(0, 60)],
    ["XML that is nested without end", /deeper than/, "a.xml", xml("<Region>".repeat(5000))],
    [
      "XML with coordinates that are none",
      /no number/,
      "a.xml",
      xml('<Region><Vertices><Vertex X="a" Y="1"/><Vertex X="1" Y="1"/><Vertex X="2" Y="5"/></Vertices></Region>'),
    ],
    ["labelme without points", /no points/, "a.json", { shapes: [{ label: "x" }] }],
    [
      "labelme with a mask that is not read",
      /type mask/,
      "a.json",
      {
        shapes: [
          {
            label: "x",
            points: [
              [1, 1],
              [2, 2],
            ],
            shape_type: "mask",
          },
        ],
      },
    ],
    ["a zip with a region that is none", /no region of ImageJ/, "a.zip", zipSync({ "1.roi": new Uint8Array(80) })],
    [
      "a zip with a region cut short",
      /cut short|cannot be read/,
      "a.zip",
      zipSync({ "1.roi": new Uint8Array(roi(outlines(s)[0] as number[]).subarray(0, 70)) }),
    ],
    [
      "a zip that unpacks to far more than it is",
      /more than is read|cannot be read/,
      "a.zip",
      zipSync({ "1.roi": new Uint8Array(1 << 22) }, { level: 9 }),
    ],
    ["COCO with run lengths that do not fit", /do not fit/, "coco.json", coco({ counts: [0, 99999], size: [side, side] })],
    ["COCO with runs of another size", /of 9×9 pixels/, "coco.json", coco({ counts: [81], size: [9, 9] })],
    ["COCO with no segmentation", /neither polygons nor run lengths/, "coco.json", coco(null)],
    ["COCO with an image elsewhere", /not in/, "coco.json", coco([[1, 1, 9, 1, 9, 9]], "../../a.png")],
  ])("%s", async (_, message, name, content) => {
    const folder = folderWith(name, content);
    const error = await refusal(folder);
    expect(error.message).toMatch(message);
    expect(error.file?.startsWith(folder)).toBe(true);
  });

  function coco(segmentation: unknown, file_name = "a.png") {
    return {
      images: [{ id: 1, file_name }],
      annotations: [{ image_id: 1, category_id: 1, segmentation }],
      categories: [{ id: 1, name: "cell" }],
    };
  }
});

describe("polygons", () => {
  it("with a hole, of several pieces and beyond the border fill what they surround", async () => {
    const box = (x: number, y: number, size: number) => [
      [x, y],
      [x + size, y],
      [x + size, y + size],
      [x, y + size],
      [x, y],
    ];
    const geometry = [
      { type: "Polygon", coordinates: [box(2, 2, 12), box(5, 5, 6)] },
      { type: "MultiPolygon", coordinates: [[box(20, 2, 4)], [box(30, 2, 4)]] },
      { type: "Polygon", coordinates: [box(-5, 40, 10)] },
      { type: "Point", coordinates: [3, 3] },
    ];
    const folder = folderWith("a.geojson", {
      type: "FeatureCollection",
      features: geometry.map((one) => ({ type: "Feature", geometry: one })),
    });
    using data = await Dataset.open(folder);
    const { labels, count } = (await data.at(0).instances()) as { labels: Int32Array; count: number };
    const area = (label: number) => labels.filter((value) => value === label).length;
    expect([count, area(1), area(2), area(3)]).toEqual([3, 144 - 36, 32, 50]);
    expect([labels[2 * side + 2], labels[6 * side + 6], labels[40 * side]]).toEqual([1, 0, 3]);
  });

  it("choose their class by name", async () => {
    const names = ["tumor", "Stroma"];
    const features = outlines(s).map((o, k) => ({
      type: "Feature",
      geometry: { type: "Polygon", coordinates: [points(o)] },
      properties: { classification: k === 0 ? names[0] : { name: names[1] } },
    }));
    const folder = folderWith("a.geojson", { type: "FeatureCollection", features });
    using data = await Dataset.open(folder, { classes: ["stroma"] });
    expect(data.layout.classes).toEqual(["Stroma", "tumor"]);
    expect(await data.at(0).instances()).toMatchObject({ count: 7, classes: Array(7).fill("Stroma") });
  });
});
