import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { Dataset, type OpenOptions } from "../../../lib/dataset/dataset.js";
import { verifyDataset } from "../../../lib/dataset/verify.js";
import { temporary } from "../../temporary.js";
import { chunk, png, tiff } from "./binary.js";
import { cells, type Scene, scenes, side, writePixels, writeText } from "./scene.js";

const [s, t] = scenes;
const ones = s.mask.map((value) => (value > 0 ? 1 : 0));

/** A folder of one pair; what makes the image, and what makes the mask. */
async function pair(
  mask: (f: string) => unknown,
  image: (f: string) => unknown = (f) => writePixels(f, "images/a.png", s.rgb),
): Promise<string> {
  const folder = temporary();
  await image(folder);
  await mask(folder);
  return folder;
}

async function open(
  folder: string,
  options: OpenOptions = {},
): Promise<{ mask: number[]; rgb: number[]; instances: number | null }> {
  using data = await Dataset.open(folder, options);
  const sample = data.at(0);
  const { mask, image } = await sample.pixels();
  return { mask: [...(mask ?? [])], rgb: [...image.data], instances: (await sample.instances())?.count ?? null };
}

const rgba = (pixel: (i: number) => readonly number[]) =>
  Uint8Array.from(Array.from({ length: side * side }, (_, i) => pixel(i)).flat());
const coloured = (of: (label: number) => readonly number[]) => rgba((i) => of(s.labels[i] as number));
const palette = (colours: readonly (readonly number[])[]) => colours.flat();
const many = Array.from({ length: cells + 1 }, (_, k) => [(k & 1) * 128, ((k >> 1) & 1) * 128, k > 3 ? 64 + k : 0]);

describe("a mask is read to the pixel", () => {
  const masks: [string, number | null, (f: string) => unknown][] = [
    ["of int32, 0 and 1", null, (f) => writeText(f, "masks/a.tif", tiff([Int32Array.from(ones)]))],
    ["of int16, 0 and 1", null, (f) => writeText(f, "masks/a.tif", tiff([Int16Array.from(ones)]))],
    ["of float, 0 and 1", null, (f) => writeText(f, "masks/a.tif", tiff([Float32Array.from(ones)]))],
    ["of uint32, a number a cell", cells, (f) => writeText(f, "masks/a.tif", tiff([Uint32Array.from(s.labels)]))],
    [
      "of double, a number a cell",
      cells,
      (f) => writeText(f, "masks/a.tif", tiff([Float64Array.from(s.labels, (v) => v * 1000)])),
    ],
    [
      "of 16 bits, 0 and 65535",
      null,
      (f) =>
        writePixels(
          f,
          "masks/a.png",
          Uint16Array.from(ones, (v) => v * 65535),
        ),
    ],
    ["of 1 bit", null, (f) => writeText(f, "masks/a.png", png(ones, 1))],
    ["of 2 bits, 0 and 1", null, (f) => writeText(f, "masks/a.png", png(ones, 2))],
    ["of 4 bits, a number a cell", cells, (f) => writeText(f, "masks/a.png", png(s.labels, 4))],
    [
      "with white as zero, as ImageJ's inverting table saves it",
      null,
      (f) => writeText(f, "masks/a.tif", tiff([s.mask], { photometric: 0 })),
    ],
    [
      "in grey RGB",
      null,
      (f) =>
        writePixels(
          f,
          "masks/a.png",
          coloured((v) => (v ? [255, 255, 255] : [0, 0, 0])),
        ),
    ],
    [
      "in red on black",
      null,
      (f) =>
        writePixels(
          f,
          "masks/a.png",
          coloured((v) => (v ? [255, 0, 0] : [0, 0, 0])),
        ),
    ],
    [
      "with a colour a cell",
      cells,
      (f) =>
        writePixels(
          f,
          "masks/a.png",
          coloured((v) => [v * 30, 255 - v, v * 7].map((c) => (v ? c : 0))),
        ),
    ],
    [
      "in a palette, VOC's",
      null,
      (f) =>
        writeText(
          f,
          "masks/a.png",
          png(
            ones,
            8,
            palette([
              [0, 0, 0],
              [128, 0, 0],
            ]),
          ),
        ),
    ],
    ["in a palette, a colour a cell", cells, (f) => writeText(f, "masks/a.png", png(s.labels, 8, palette(many)))],
    [
      "in a palette of black and white",
      null,
      (f) =>
        writeText(
          f,
          "masks/a.png",
          png(
            ones,
            1,
            palette([
              [0, 0, 0],
              [255, 255, 255],
            ]),
          ),
        ),
    ],
    [
      "in a palette of white and black",
      null,
      (f) =>
        writeText(
          f,
          "masks/a.png",
          png(
            ones.map((v) => 1 - v),
            1,
            palette([
              [255, 255, 255],
              [0, 0, 0],
            ]),
          ),
        ),
    ],
    [
      "in a palette of two like greys",
      null,
      (f) =>
        writeText(
          f,
          "masks/a.png",
          png(
            ones,
            8,
            palette([
              [7, 7, 7],
              [9, 9, 9],
            ]),
          ),
        ),
    ],
    [
      "in a palette TIFF, a colour a cell",
      cells,
      (f) => writeText(f, "masks/a.tif", tiff([Uint8Array.from(s.labels)], { photometric: 3, palette: Array(768).fill(500) })),
    ],
    [
      "in opacity over black",
      null,
      (f) =>
        writePixels(
          f,
          "masks/a.png",
          rgba((i) => [0, 0, 0, s.mask[i] as number]),
        ),
    ],
    [
      "in opacity over white",
      null,
      (f) =>
        writePixels(
          f,
          "masks/a.png",
          rgba((i) => [255, 255, 255, s.mask[i] as number]),
        ),
    ],
    [
      "in RGBA without transparency",
      null,
      (f) =>
        writePixels(
          f,
          "masks/a.png",
          rgba((i) => [s.mask[i], s.mask[i], s.mask[i], 255] as number[]),
        ),
    ],
  ];
  it.each(masks)("%s", async (_, instances, mask) => {
    expect(await open(await pair(mask))).toMatchObject({ mask: [...ones], instances });
  });

  it("of one cell with a number of its own", async () => {
    const folder = await pair((f) => writeText(f, "masks/a.tif", tiff([Uint16Array.from(s.labels, (v) => (v === 1 ? 7 : 0))])));
    expect((await open(folder)).instances).toBe(1);
  });

  it("of classes: all of them, or those chosen", async () => {
    // Two values with four cells each mark kinds, not cells.
    const folder = await pair((f) =>
      writePixels(
        f,
        "masks/a.png",
        Uint8Array.from(s.labels, (v) => (v === 0 ? 0 : 1 + (v % 2))),
      ),
    );
    using data = await Dataset.open(folder);
    expect([data.layout.truth, data.layout.classes]).toEqual(["classes", ["1", "2"]]);
    expect((await open(folder)).mask).toEqual([...ones]);
    const odd = Array.from(s.labels, (v) => (v > 0 && v % 2 === 1 ? 1 : 0));
    expect(await open(folder, { classes: [2] })).toMatchObject({ mask: odd, instances: null });
    const ignoring = Array.from(s.labels, (v) => (v === 0 ? 0 : v % 2 === 1 ? 2 : 1));
    expect((await open(folder, { ignore: [2] })).mask).toEqual(ignoring);
    await expect(open(folder, { classes: ["stroma"] })).rejects.toMatchObject({ code: "ACINUS_CONFIG" });
  });

  it.each(["jpg", "webp"])("with soft edges (%s) where a threshold is given, and is refused without", async (ending) => {
    const folder = await pair((f) => writePixels(f, `masks/a.${ending}`, s.mask));
    await expect(open(folder)).rejects.toMatchObject({
      code: "ACINUS_MASK_VALUES",
      message: expect.stringContaining("--mask-threshold 128"),
    });
    const { mask } = await open(folder, { maskThreshold: 128 });
    expect(mask.filter((value, i) => value !== ones[i]).length).toBeLessThan(10);
  });
});

describe("a mask is refused", () => {
  const refused: [string, RegExp, (f: string) => unknown][] = [
    [
      "with 254 beside 255",
      /--mask-values labels/,
      (f) =>
        writePixels(
          f,
          "masks/a.png",
          s.mask.map((v, i) => (i < 3 ? 254 : v)),
        ),
    ],
    [
      "with fractions",
      /--mask-threshold 0\.5/,
      (f) => writeText(f, "masks/a.tif", tiff([Float32Array.from(ones, (v) => v * 0.7)])),
    ],
    [
      "with NaN",
      /holds the value NaN/,
      (f) => writeText(f, "masks/a.tif", tiff([Float32Array.from(ones, (v) => (v ? Number.NaN : 0))])),
    ],
    [
      "with negative numbers",
      /holds the value -1/,
      (f) => writeText(f, "masks/a.tif", tiff([Int16Array.from(ones, (v) => -v)])),
    ],
    [
      "that is a photograph",
      /coloured/,
      (f) =>
        writePixels(
          f,
          "masks/a.png",
          rgba((i) => [(i * 7) % 256, i % 251, (i * 3) % 241]),
        ),
    ],
    [
      "that is coloured without black",
      /nowhere black/,
      (f) =>
        writePixels(
          f,
          "masks/a.png",
          coloured((v) => (v ? [255, 0, 0] : [255, 255, 255])),
        ),
    ],
    [
      "whose opacity and colours differ",
      /two masks/,
      (f) =>
        writePixels(
          f,
          "masks/a.png",
          rgba((i) => [255 - (s.mask[i] as number), 0, 0, s.mask[i] as number]),
        ),
    ],
    ["of several pages", /2 pages/, (f) => writeText(f, "masks/a.tif", tiff([s.mask, s.mask]))],
  ];
  it.each(refused)("%s", async (_, message, mask) => {
    await expect(open(await pair(mask))).rejects.toThrow(message);
  });
});

const goodMask = (f: string) => writePixels(f, "masks/a.png", s.mask);

describe("an image is read as it is, or named", () => {
  it("of CMYK, as its colours without a profile", async () => {
    const ink = rgba((i) => [0, 0, 0, 255 - (s.grey[i] as number)]);
    const folder = await pair(goodMask, (f) => writeText(f, "images/a.tif", tiff([ink], { samples: 4, photometric: 5 })));
    expect((await open(folder)).rgb).toEqual([...s.rgb]);
  });

  it.each([
    [
      "ome",
      `<?xml version="1.0"?><OME><Image><Pixels SizeX="${side}" SizeY="${side}" SizeC="2" SizeZ="1" SizeT="1" DimensionOrder="XYCZT" PhysicalSizeX="0.5" PhysicalSizeXUnit="µm"><Channel Name="DAPI"/><Channel Name="GFP"/></Pixels></Image></OME>`,
    ],
    ["imagej", "ImageJ=1.54f\nimages=2\nchannels=2\nhyperstack=true\nunit=micron\n"],
  ])("of two channels (%s) by number or name, and with its pixel size", async (kind, description) => {
    const folder = await pair(goodMask, (f) =>
      writeText(f, "images/a.ome.tif", tiff([t.grey, s.grey], { description, resolution: [2, 1] })),
    );
    await expect(open(folder)).rejects.toThrow(
      kind === "ome" ? /2 channels: 0 \(DAPI\), 1 \(GFP\).*--channels 0/ : /2 channels: 0, 1/,
    );
    expect((await open(folder, { channels: [1] })).rgb).toEqual([...s.rgb]);
    if (kind === "ome") expect((await open(folder, { channels: ["gfp"] })).rgb).toEqual([...s.rgb]);
    const { rgb } = await open(folder, { channels: [1, 0] });
    expect(rgb.slice(0, 3)).toEqual([s.grey[0], t.grey[0], 0]);
    await expect(open(folder, { channels: ["RFP"] })).rejects.toMatchObject({ code: "ACINUS_CONFIG" });
    using data = await Dataset.open(folder, { channels: [0] });
    expect(data.at(0).pixelSize).toBe(0.5);
  });

  it("of a stack: one plane, the brightest or the mean", async () => {
    const planes = [t.grey, s.grey, t.grey.map((v) => v >> 1)];
    const folder = await pair(goodMask, (f) =>
      writeText(f, "images/a.tif", tiff(planes, { description: "ImageJ=1.54f\nimages=3\nslices=3\n" })),
    );
    await expect(open(folder)).rejects.toThrow(/stack of 3 planes.*--plane 0.*--plane max/);
    const greys = async (plane: OpenOptions["plane"]) => (await open(folder, { plane })).rgb.filter((_, i) => i % 3 === 0);
    expect(await greys(1)).toEqual([...s.grey]);
    const at = (i: number) => planes.map((plane) => plane[i] as number);
    expect(await greys("max")).toEqual(Array.from(s.grey, (_, i) => Math.max(...at(i))));
    expect(await greys("mean")).toEqual(Array.from(s.grey, (_, i) => Math.round(at(i).reduce((a, b) => a + b) / 3)));
    await expect(open(folder, { plane: 3 })).rejects.toThrow(/no plane 3, only 3/);
  });

  it("of a stack that ImageJ wrote behind one directory", async () => {
    const first = tiff([Uint16Array.from(t.grey, (v) => v * 257)], {
      description: "ImageJ=1.53t\nimages=2\nslices=2\nloop=false\n",
    });
    // The pixels come right after the header here; the second plane follows the first.
    const plane = Buffer.from(Uint16Array.from(s.grey, (v) => v * 257).buffer);
    const whole = tiff([Uint16Array.from([...t.grey, ...s.grey], (v) => v * 257)], {
      description: "ImageJ=1.53t\nimages=2\nslices=2\nloop=false\n",
    });
    expect(whole.length).toBe(first.length + plane.length);
    const folder = await pair(goodMask, (f) => writeText(f, "images/a.tif", whole));
    expect((await open(folder, { plane: 1, intensity: { mode: "type" } })).rgb).toEqual([...s.rgb]);
  });

  it("with a channel beyond its colours, which is never dropped in silence", async () => {
    const two = Uint8Array.from({ length: 2 * side * side }, (_, i) => (i % 2 === 0 ? s : t).grey[i >> 1] as number);
    const folder = await pair(goodMask, (f) => writeText(f, "images/a.tif", tiff([two], { samples: 2, extra: [0] })));
    await expect(open(folder)).rejects.toThrow(/2 channels/);
    expect((await open(folder, { channels: [0] })).rgb).toEqual([...s.rgb]);
  });

  const named: [string, RegExp, (f: string) => unknown][] = [
    ["an empty file", /0 bytes/, (f) => writeText(f, "images/a.png", "")],
    [
      "a Git LFS pointer",
      /git lfs pull/,
      (f) => writeText(f, "images/a.png", "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 1\n"),
    ],
    ["a web page", /web page/, (f) => writeText(f, "images/a.png", "<!doctype html><html>404</html>")],
    ["a drawing", /SVG/, (f) => writeText(f, "images/a.png", '<svg xmlns="http://www.w3.org/2000/svg"/>')],
    ["a PNG cut short", /cut short/, (f) => writeText(f, "images/a.png", png(s.grey, 8).subarray(0, -20))],
    ["CIELAB", /CIELAB/, (f) => writeText(f, "images/a.tif", tiff([s.rgb], { samples: 3, photometric: 8 }))],
    ["BMP", /a\.bmp.*BMP is not read/, (f) => writeText(f, "images/a.bmp", "BM")],
    ["GIF under another name", /GIF is not read/, (f) => writeText(f, "images/a.png", "GIF89a")],
    [
      "a TIFF that claims to be huge",
      /more than its \d+ bytes can/,
      (f) =>
        writeText(
          f,
          "images/a.tif",
          tiff([s.grey, s.grey], { width: 60000, height: 60000, description: "ImageJ=1\nimages=2\nchannels=2\n" }),
        ),
    ],
  ];
  it.each(named)("%s", async (kind, message, image) => {
    const options = kind.includes("huge") ? { channels: [0] } : {};
    await expect(open(await pair(goodMask, image), options)).rejects.toMatchObject({
      code: "ACINUS_UNREADABLE_IMAGE",
      message: expect.stringMatching(message),
    });
  });

  it("an animation (APNG, WebP)", async () => {
    const still = png(s.grey, 8);
    const frames = Buffer.alloc(8);
    frames.writeUInt32BE(2);
    const animated = Buffer.concat([still.subarray(0, 33), chunk("acTL", frames), still.subarray(33)]);
    await expect(open(await pair(goodMask, (f) => writeText(f, "images/a.png", animated)))).rejects.toThrow(/animation/);
    const two = Buffer.concat([Buffer.from(s.rgb), Buffer.from(t.rgb)]);
    const webp = await sharp(two, { raw: { width: side, height: 2 * side, channels: 3, pageHeight: side } })
      .webp({ lossless: true })
      .toBuffer();
    await expect(open(await pair(goodMask, (f) => writeText(f, "images/a.webp", webp)))).rejects.toThrow(
      /animation of 2 frames/,
    );
  });

  it.skipIf(process.platform === "win32")("a pipe, without waiting for it", async () => {
    const folder = await pair(goodMask, (f) => writeText(f, "images/b.png", png(s.grey, 8)));
    execFileSync("mkfifo", [join(folder, "images/a.png")]);
    await expect(open(folder)).rejects.toThrow(/it is a pipe, not a file/);
  });
});

describe("names", () => {
  const pairs: [string, string, string][] = [
    ["endings of any case", "a.TIFF", "a.tif"],
    ["names of any case", "a.png", "A.PNG"],
    ["a suffix", "a.png", "a_masks.png"],
    ["a label", "a.png", "a-label.png"],
    ["an image that is called a mask", "face_mask.png", "face_mask.png"],
    ["letters written in two ways", "K\u00e4se.png", "Ka\u0308se.png"],
    ["OME's double ending", "a.ome.tif", "a.png"],
  ];
  it.each(pairs)("pair by %s", async (_, image, mask) => {
    const of = (name: string, pixels: Uint8Array) => (/tif/i.test(name) ? tiff([pixels]) : png(pixels, 8));
    const folder = await pair(
      (f) => writeText(f, `masks/${mask}`, of(mask, s.mask)),
      (f) => writeText(f, `images/${image}`, of(image, s.grey)),
    );
    expect((await open(folder)).mask).toEqual([...ones]);
  });

  it.skipIf(process.platform !== "linux")("two folders that claim to be the images are refused", async () => {
    const folder = await pair(goodMask);
    await writePixels(folder, "Images/a.png", t.rgb);
    await expect(open(folder)).rejects.toThrow(/Images\/ and images\/ both claim/);
  });

  it("an image and its mask as the pages of one file are told", async () => {
    const folder = temporary();
    writeText(folder, "a.tif", tiff([s.grey, s.mask]));
    await expect(open(folder)).rejects.toThrow(/a\.tif has 2 pages: perhaps image and mask in one file/);
  });
});

describe("a turned image beside a mask that is not turned", () => {
  const turned = async (f: string) => {
    writeText(f, "images/.keep", "");
    await sharp(s.rgb, { raw: { width: side, height: side, channels: 3 } })
      .withMetadata({ orientation: 6 })
      .jpeg({ quality: 100, chromaSubsampling: "4:4:4" })
      .toFile(join(f, "images/a.jpg"));
  };
  it("is refused by name, and read as the user says", async () => {
    const folder = await pair(goodMask, turned);
    await expect(open(folder)).rejects.toMatchObject({
      code: "ACINUS_SIZE_MISMATCH",
      message: expect.stringMatching(/EXIF orientation 6.*--orientation ignore/),
    });
    const { rgb } = await open(folder, { orientation: "ignore" });
    expect(Math.max(...rgb.map((value, i) => Math.abs(value - (s.rgb[i] as number))))).toBeLessThan(20);
    const { rgb: shown } = await open(folder, { orientation: "apply" });
    expect(shown).not.toEqual(rgb);
  });
});

describe("verify names", () => {
  async function verify(mask: (scene: Scene) => Uint8Array): Promise<string[]> {
    const folder = temporary();
    for (const [i, scene] of scenes.entries()) {
      await writePixels(folder, `images/${i}.png`, scene.rgb);
      await writePixels(folder, `masks/${i}.png`, mask(scene));
    }
    return (await verifyDataset(folder)).oddities.map(({ kind, message }) => `${kind}: ${message}`);
  }
  const place = (from: (x: number, y: number) => readonly [number, number]) => (scene: Scene) =>
    scene.mask.map((_, i) => {
      const [x, y] = from(i % side, Math.floor(i / side));
      return scene.mask[((y + side) % side) * side + ((x + side) % side)] as number;
    });

  it("nothing where all is right", async () => {
    expect(await verify((scene) => scene.mask)).toEqual([]);
  });

  it.each<[string, RegExp, (scene: Scene) => Uint8Array]>([
    ["a set without a cell", /^no-cells/, (scene) => scene.mask.map(() => 0)],
    ["inverted masks", /^inverted.*8\d %/, (scene) => scene.mask.map((v) => 255 - v)],
    ["masks that cover everything", /^covered: 3 masks mark more than 90 %/m, (scene) => scene.mask.map(() => 255)],
    ["masks that are mirrored", /^misfit: [23] of 3 masks.*mirrored left to right/, place((x, y) => [side - 1 - x, y])],
    [
      "masks that are turned",
      /^misfit: [23] of 3 masks.*(turned by 180°|mirrored)/,
      place((x, y) => [side - 1 - x, side - 1 - y]),
    ],
    [
      "masks that are shifted",
      /^misfit: 3 of 3 masks.*shifted by -8 px to the right and 0 px down/,
      place((x, y) => [x - 8, y]),
    ],
  ])("%s", async (_, expected, mask) => {
    expect((await verify(mask)).join("\n")).toMatch(expected);
  });
});

it("a set with one bad file names it and says of all others that they are sound", async () => {
  const folder = temporary();
  for (const [i, scene] of scenes.entries()) {
    await writePixels(folder, `images/${i}.png`, scene.rgb);
    await writePixels(folder, `masks/${i}.png`, scene.mask);
  }
  writeFileSync(join(folder, "images/1.png"), "");
  const { problems, statistics } = await verifyDataset(folder);
  expect([problems.map(({ file }) => file), statistics.images]).toEqual([[join(folder, "images/1.png")], 2]);
  const told: unknown[] = [];
  using data = await Dataset.open(folder, { onProblem: ({ file }) => told.push(file) });
  expect([told, data.length]).toEqual([[join(folder, "images/1.png")], 2]);
  await expect(Dataset.open(folder, { onProblem: () => undefined, classes: ["x"] })).rejects.toMatchObject({
    code: "ACINUS_CONFIG",
  });
});
