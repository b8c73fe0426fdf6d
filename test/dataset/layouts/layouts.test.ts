import { join } from "node:path";
import { zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { Dataset, type OpenOptions } from "../../../lib/dataset/dataset.js";
import { temporary } from "../../temporary.js";
import { npy, roi, tiff } from "./binary.js";
import { cells, outlines, points, type Scene, scenes, side, writePixels, writeText } from "./scene.js";

type Write = (folder: string, scene: Scene, i: number) => void | Promise<void>;

/** Layouts whose files are one by one: name of the layout, where it lies, and what makes the files of one scene. */
const perImage: [string, string, string, boolean, Write][] = [
  [
    "pairs",
    "images and masks of 0 and 255",
    "",
    false,
    async (f, s, i) => {
      await writePixels(f, `images/c${i}.png`, s.rgb);
      await writePixels(f, `masks/c${i}.png`, s.mask);
    },
  ],
  [
    "pairs",
    "image and mask, TIFF",
    "250 Pa",
    false,
    (f, s, i) => {
      writeText(f, `250 Pa/image/c${i}.tif`, tiff([s.rgb], { samples: 3 }));
      writeText(f, `250 Pa/mask/c${i}.tif`, tiff([s.mask]));
    },
  ],
  [
    "pairs",
    "labels of 8 bits",
    "",
    true,
    async (f, s, i) => {
      await writePixels(f, `Images/c${i}.png`, s.rgb);
      await writePixels(f, `Masks/c${i}.png`, Uint8Array.from(s.labels));
    },
  ],
  [
    "pairs",
    "labels of 16 bits in labels/",
    "train",
    true,
    async (f, s, i) => {
      await writePixels(f, `train/images/c${i}.png`, s.rgb);
      writeText(f, `train/labels/c${i}.tif`, tiff([s.labels]));
    },
  ],
  [
    "pairs",
    "labels of 32 bits as NumPy arrays",
    "",
    true,
    async (f, s, i) => {
      await writePixels(f, `images/c${i}.png`, s.rgb);
      writeText(f, `masks/c${i}.npy`, npy(Int32Array.from(s.labels), [side, side]));
    },
  ],
  [
    "pairs",
    "labels in the red of RGBA (BBBC039)",
    "",
    true,
    async (f, s, i) => {
      writeText(f, `images/c${i}.tif`, tiff([Uint16Array.from(s.grey, (v) => v * 257)]));
      await writePixels(
        f,
        `masks/c${i}.png`,
        Uint8Array.from({ length: 4 * side * side }, (_, at) =>
          at % 4 === 3 ? 255 : at % 4 === 0 ? (s.labels[at / 4] as number) * 7 : 0,
        ),
      );
    },
  ],
  [
    "pairs",
    "masks with labels beside",
    "",
    true,
    async (f, s, i) => {
      await writePixels(f, `images/c${i}.png`, s.rgb);
      await writePixels(f, `masks/c${i}.png`, s.mask);
      writeText(f, `labels/c${i}.tif`, tiff([s.labels]));
    },
  ],
  ...(["_mask", "-mask", "_masks", "_cp_masks", "_label", "_labels"] as const).map(
    (suffix): [string, string, string, boolean, Write] => [
      "suffixes",
      `x.tif beside x${suffix}.tif`,
      "",
      true,
      (f, s, i) => {
        writeText(f, `c${i}.tif`, tiff([s.grey]));
        writeText(f, `c${i}${suffix}.tif`, tiff([s.labels]));
      },
    ],
  ),
  [
    "suffixes",
    "x_img.png beside x_masks.png",
    "",
    false,
    async (f, s, i) => {
      await writePixels(f, `c${i}_img.png`, s.rgb);
      await writePixels(f, `c${i}_masks.png`, s.mask);
    },
  ],
  [
    "dsb",
    "a folder for each image, a file for each cell",
    "stage1_train",
    true,
    async (f, s, i) => {
      await writePixels(f, `stage1_train/id${i}/images/id${i}.png`, s.rgb);
      for (let k = 1; k <= cells; k++)
        await writePixels(
          f,
          `stage1_train/id${i}/masks/h${k}.png`,
          Uint8Array.from(s.labels, (v) => (v === k ? 255 : 0)),
        );
    },
  ],
  [
    "geojson",
    "polygons of QuPath beside the images",
    "",
    true,
    async (f, s, i) => {
      await writePixels(f, `c${i}.png`, s.rgb);
      writeText(f, `c${i}.geojson`, features(s));
    },
  ],
  [
    "geojson",
    "polygons of QuPath in masks/",
    "",
    true,
    async (f, s, i) => {
      await writePixels(f, `images/c${i}.png`, s.rgb);
      writeText(f, `masks/c${i}.geojson`, features(s).features);
    },
  ],
  [
    "geojson",
    "polygons of nuclei, name_nuclei.geojson",
    "",
    true,
    async (f, s, i) => {
      writeText(f, `set_${i}.tif`, tiff([s.rgb], { samples: 3 }));
      writeText(f, `set_${i}_nuclei.geojson`, features(s));
    },
  ],
  [
    "aperio",
    "XML beside Tissue Images/",
    "",
    true,
    (f, s, i) => {
      writeText(f, `Tissue Images/T-${i}.tif`, tiff([s.rgb], { samples: 3 }));
      writeText(f, `Annotations/T-${i}.xml`, regions(s));
    },
  ],
  [
    "aperio",
    "XML beside the images, a folder a patient",
    "",
    true,
    (f, s, i) => {
      writeText(f, `P${i}/P${i}_1.tif`, tiff([s.rgb], { samples: 3 }));
      writeText(f, `P${i}/P${i}_1.xml`, regions(s));
    },
  ],
  [
    "labelme",
    "polygons of labelme",
    "",
    true,
    async (f, s, i) => {
      await writePixels(f, `c${i}.png`, s.rgb);
      writeText(f, `c${i}.json`, {
        version: "5.4",
        imagePath: `c${i}.png`,
        imageData: null,
        shapes: outlines(s).map((o) => ({ label: "nucleus", points: points(o), shape_type: "polygon", group_id: null })),
      });
    },
  ],
  [
    "imagej",
    "regions of ImageJ in a zip",
    "",
    true,
    (f, s, i) => {
      writeText(f, `c${i}.tif`, tiff([s.rgb], { samples: 3 }));
      writeText(
        f,
        `c${i}_RoiSet.zip`,
        zipSync(Object.fromEntries(outlines(s).map((o, k) => [`${k}.roi`, new Uint8Array(roi(o))]))),
      );
    },
  ],
  [
    "tnbc",
    "Slide_01 with GT_01, and what macOS leaves",
    "",
    false,
    async (f, s, i) => {
      await writePixels(f, `Slide_0${i + 1}/0${i + 1}_1.png`, s.rgb);
      await writePixels(f, `GT_0${i + 1}/0${i + 1}_1.png`, s.mask);
      writeText(f, `__MACOSX/Slide_0${i + 1}/._0${i + 1}_1.png`, "\0\x05\x16\x07");
    },
  ],
  [
    "nuinsseg",
    "tissue images with label masks",
    "human bladder",
    true,
    async (f, s, i) => {
      await writePixels(f, `human bladder/tissue images/b_${i}.png`, s.rgb);
      writeText(f, `human bladder/label masks modify/b_${i}.tif`, tiff([s.labels]));
    },
  ],
  [
    "nnunet",
    "imagesTr with labelsTr",
    "",
    false,
    async (f, s, i) => {
      writeText(f, "dataset.json", { channel_names: { 0: "R" }, labels: { background: 0, nucleus: 1 }, file_ending: ".png" });
      await writePixels(f, `imagesTr/case_00${i}_0000.png`, s.rgb);
      await writePixels(
        f,
        `labelsTr/case_00${i}.png`,
        s.mask.map((v) => (v > 0 ? 1 : 0)),
      );
    },
  ],
];

function features(s: Scene) {
  const list = outlines(s).map((o) => ({
    type: "Feature",
    geometry: { type: "Polygon", coordinates: [points(o)] },
    properties: { classification: { name: "Tumor" } },
  }));
  return { type: "FeatureCollection", features: list };
}

function regions(s: Scene): string {
  const vertices = (o: number[]) =>
    points(o)
      .map(([x, y]) => `<Vertex X="${x}" Y="${y}" Z="0"/>`)
      .join("");
  const list = outlines(s).map((o, k) => `<Region Id="${k}"><Vertices>${vertices(o)}</Vertices></Region>`);
  return `<?xml version="1.0"?><Annotations MicronsPerPixel="0.25"><Annotation Id="1"><Regions>${list.join("")}</Regions></Annotation></Annotations>`;
}

async function expectScenes(data: Dataset, instances: boolean, order = [0, 1, 2]): Promise<void> {
  expect(data.length).toBe(3);
  for (const [at, i] of order.entries()) {
    const { labels } = scenes[i] as Scene;
    const sample = data.at(at);
    const { mask } = await sample.pixels();
    expect([...(mask ?? [])]).toEqual(Array.from(labels, (label) => (label > 0 ? 1 : 0)));
    const found = await sample.instances();
    if (!instances) expect(found).toBeNull();
    else expect([found?.count, [...sameNumbers(found?.labels as Int32Array, labels)]]).toEqual([cells, [...labels]]);
  }
}

/** Labels under the numbers that the scene gives them, where both divide the pixels alike. */
function sameNumbers(found: Int32Array, labels: Uint16Array): Int32Array {
  const number = new Map(Array.from(found, (value, i) => [value, labels[i] as number]));
  return found.map((value) => number.get(value) as number);
}

async function write(write: Write): Promise<string> {
  const folder = temporary();
  for (const [i, scene] of scenes.entries()) await write(folder, scene, i);
  return folder;
}

describe("Dataset.open gives the three scenes, cell by cell where the files have it, of", () => {
  it.each(perImage)("%s: %s", async (layout, _, inner, instances, files) => {
    const folder = await write(files);
    using data = await Dataset.open(join(folder, inner));
    expect(data.layout.name).toBe(layout);
    expect(data.layout.truth).toBe(instances ? "labels" : "binary");
    await expectScenes(data, instances);
  });

  const all = <T extends Float64Array | Int32Array | Uint8Array | Float32Array>(
    Type: { from(values: Iterable<number>): T },
    of: (s: Scene) => Iterable<number>,
  ) => Type.from(scenes.flatMap((s) => [...of(s)]));
  const inSix = (s: Scene) => Array.from(s.labels).flatMap((label) => [label, 0, 0, 0, 0, label === 0 ? 1 : 0]);

  it("pannuke: arrays of images and of masks, a channel a class", async () => {
    const folder = temporary();
    writeText(
      folder,
      "Fold 1/images/fold1/images.npy",
      npy(
        all(Float64Array, (s) => s.rgb),
        [3, side, side, 3],
      ),
    );
    writeText(folder, "Fold 1/masks/fold1/masks.npy", npy(all(Float64Array, inSix), [3, side, side, 6]));
    using data = await Dataset.open(join(folder, "Fold 1"));
    expect([data.layout.name, data.layout.classes]).toEqual(["pannuke", ["Neoplastic"]]);
    await expectScenes(data, true);
    expect((await data.at(1).pixels()).image.data).toEqual(scenes[1].rgb);
  });

  it("conic: labels with classes in a second channel", async () => {
    const folder = temporary();
    writeText(
      folder,
      "images.npy",
      npy(
        all(Uint8Array, (s) => s.rgb),
        [3, side, side, 3],
      ),
    );
    writeText(
      folder,
      "labels.npy",
      npy(
        all(Int32Array, (s) => Array.from(s.labels).flatMap((label) => [label, label > 0 ? 1 + (label % 2) : 0])),
        [3, side, side, 2],
      ),
    );
    writeText(folder, "patch_info.csv", "patch_info\na-0001\na-0002\nb-0001\n");
    using data = await Dataset.open(folder);
    expect([data.layout.name, data.layout.classes, data.groups]).toEqual([
      "conic",
      ["epithelial", "neutrophil"],
      ["a", "a", "b"],
    ]);
    await expectScenes(data, true);
    using chosen = await Dataset.open(folder, { classes: ["epithelial"] });
    const { count } = (await chosen.at(0).instances()) as { count: number };
    expect(count).toBe(4);
    await expect(Dataset.open(folder, { classes: ["tumour"] })).rejects.toThrow(
      /has the classes epithelial, neutrophil; tumour is none of them/,
    );
  });

  it("tissuenet: X and y in a zip of arrays", async () => {
    const folder = temporary();
    const two = (s: Scene) => [...s.grey].flatMap((value) => [value, value >> 1]);
    const files = {
      "X.npy": npy(all(Float32Array, two), [3, side, side, 2]),
      "y.npy": npy(
        all(Int32Array, (s) => s.labels),
        [3, side, side, 1],
      ),
    };
    writeText(
      folder,
      "v1_train.npz",
      zipSync(Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, new Uint8Array(bytes)]))),
    );
    using data = await Dataset.open(folder);
    expect(data.layout.description).toContain("nuclear and membrane as red and green");
    await expectScenes(data, true);
    const { image } = await data.at(0).pixels();
    expect([...image.data.subarray(0, 3)]).toEqual([scenes[0].grey[0], (scenes[0].grey[0] as number) >> 1, 0]);
  });

  it("coco: one document for all images, as polygons or run lengths", async () => {
    const runs = (labels: Uint16Array, k: number) => {
      const counts: number[] = [];
      let value = 0;
      for (let i = 0; i < labels.length; i++) {
        const cell = labels[(i % side) * side + Math.floor(i / side)] === k ? 1 : 0;
        if (cell !== value || i === 0) counts.push(...(i === 0 && cell === 1 ? [0, 0] : [0]));
        value = cell;
        counts[counts.length - 1] = (counts.at(-1) as number) + 1;
      }
      return { counts, size: [side, side] };
    };
    const folder = await write((f, s, i) => writePixels(f, `images/A172_${i}.png`, s.rgb));
    const annotations = scenes.flatMap((s, i) =>
      outlines(s).map((o, k) => ({ image_id: i, category_id: 1, segmentation: k % 2 === 0 ? [o] : runs(s.labels, k + 1) })),
    );
    const images = scenes.map((_, id) => ({ id, file_name: `A172_${id}.png`, width: side, height: side }));
    writeText(folder, "coco_train.json", { images, annotations, categories: [{ id: 1, name: "cell" }] });
    using data = await Dataset.open(folder);
    expect([data.layout.name, data.layout.classes]).toEqual(["coco", ["cell"]]);
    await expectScenes(data, true);
    writeText(folder, "coco_val.json", { images: [], annotations: [], categories: [] });
    await expect(Dataset.open(folder)).rejects.toThrow(/2 COCO files.*Name the one that is meant/);
    using named = await Dataset.open(join(folder, "coco_train.json"));
    expect(named.length).toBe(3);
  });
});

describe("folders in the folder", () => {
  it("that hold one layout are one set, each a group", async () => {
    const folder = await write(async (f, s, i) => {
      await writePixels(f, `${250 * (i + 1)} Pa/image/c.png`, s.rgb);
      await writePixels(f, `${250 * (i + 1)} Pa/mask/c.png`, s.mask);
    });
    using data = await Dataset.open(folder);
    expect(data.groups).toEqual(["250 Pa", "500 Pa", "750 Pa"]);
    expect(data.layout.description).toContain("3 folders, each a group");
    await expectScenes(data, false);
  });

  it("that are parts of a set are not mixed: the message names one", async () => {
    const folder = await write(async (f, s, i) => {
      await writePixels(f, `${["train", "val", "test"][i]}/images/c.png`, s.rgb);
      await writePixels(f, `${["train", "val", "test"][i]}/masks/c.png`, s.mask);
    });
    await expect(Dataset.open(folder)).rejects.toThrow(`Did you mean ${join(folder, "test")}?`);
  });
});

describe("where two layouts fit", () => {
  it("both are named, and the one asked for is read", async () => {
    const folder = await write(async (f, s, i) => {
      await writePixels(f, `c${i}.png`, s.rgb);
      await writePixels(f, `c${i}_mask.png`, s.mask);
      writeText(f, `c${i}.geojson`, features(s));
    });
    await expect(Dataset.open(folder)).rejects.toMatchObject({
      code: "ACINUS_NO_PAIRS",
      value: ["suffixes", "geojson"],
      message: expect.stringContaining("--layout suffixes"),
    });
    using data = await Dataset.open(folder, { layout: "suffixes" });
    await expectScenes(data, false);
    await expect(Dataset.open(folder, { layout: "coco" })).rejects.toThrow(/nothing of the layout coco/);
    await expect(Dataset.open(folder, { layout: "qupat" })).rejects.toMatchObject({ code: "ACINUS_CONFIG" });
  });
});

it("a layout of a user's own is an object with one function", async () => {
  const folder = await write(async (f, s, i) => {
    await writePixels(f, `in_${i}.png`, s.rgb);
    writeText(f, `out_${i}.tif`, tiff([s.labels]));
  });
  const layout: OpenOptions["layout"] = {
    name: "in-out",
    title: "in_N.png with out_N.tif",
    async find(at) {
      const images = at.images().filter((file) => /in_\d/.test(file));
      return {
        samples: images.map((image, i) => ({
          name: String(i),
          image,
          mask: image.replace("in_", "out_").replace(".png", ".tif"),
        })),
      };
    },
  };
  using data = await Dataset.open(folder, { layout });
  expect(data.layout.description).toMatch(/^in-out: in_N\.png with out_N\.tif/);
  await expectScenes(data, true);
});
