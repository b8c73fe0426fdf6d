import { rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { Dataset } from "../../lib/dataset/dataset.js";
import { assertNoLeaks, findDuplicates, findLeaks } from "../../lib/dataset/leaks.js";
import { storeView } from "../../lib/dataset/types.js";
import { verifyDataset } from "../../lib/dataset/verify.js";
import { DataError, MaskValueError } from "../../lib/errors.js";
import { temporary } from "../temporary.js";
import { writeImage, writeMask, writeSet, writeSoftMask } from "./folder.js";

const rejection = (promise: Promise<unknown>) =>
  promise.then(
    () => Promise.reject(new Error("did not throw")),
    (error: unknown) => error as DataError,
  );

describe("Dataset.open", () => {
  it("reads every pair once, in the order of names, with sizes, statistics and hashes", async () => {
    const folder = await writeSet(temporary(), 5);
    using data = await Dataset.open(folder);
    expect(data.length).toBe(5);
    expect(data.files.map(({ image, mask }) => [basename(image), basename(mask ?? "")])).toEqual(
      [0, 1, 2, 3, 4].map((i) => [`${i}.png`, `${i}.png`]),
    );
    expect(data.sizes[0]).toEqual({ height: 40, width: 40 });
    expect(data.maskStatistics.map((mask) => [mask?.area, mask?.components])).toEqual([
      [0, 0],
      [64, 1],
      [0, 0],
      [64, 1],
      [0, 0],
    ]);
    expect(new Set(data.contentHashes).size).toBe(5);
    expect(data[storeView].store.size()).toBe(5);
    expect([...data[storeView].indices]).toEqual([0, 1, 2, 3, 4]);
  });

  it("gives the paper's Table I", async () => {
    using data = await Dataset.open(await writeSet(temporary(), 5));
    expect(data.statistics).toEqual({
      images: 5,
      withCells: 2,
      withoutCells: 3,
      averageCellShare: 0.04,
      cellPixelShare: 0.016,
      components: 2,
    });
  });

  it("counts what it has read", async () => {
    const seen: string[] = [];
    using data = await Dataset.open(await writeSet(temporary(), 3), {
      onProgress: (done, total) => seen.push(`${done}/${total}`),
    });
    expect(data.length).toBe(3);
    expect(seen).toEqual(["1/3", "2/3", "3/3"]);
  });

  it("throws the signal's reason when stopped", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const folder = await writeSet(temporary(), 30);
    const open = Dataset.open(folder, { signal: controller.signal, onProgress: () => controller.abort(reason) });
    await expect(open).rejects.toBe(reason);
  });

  const problems: [string, (folder: string) => Promise<unknown> | unknown, object][] = [
    ["an image without a mask", (f) => rmSync(join(f, "masks/1.png")), { code: "ACINUS_MISSING_MASK" }],
    ["a mask without an image", (f) => rmSync(join(f, "images/1.png")), { code: "ACINUS_MISSING_IMAGE" }],
    [
      "different sizes",
      (f) => writeMask(join(f, "masks/1.png"), { size: 41 }),
      { code: "ACINUS_SIZE_MISMATCH", value: [41, 41] },
    ],
    ["other mask values", (f) => writeSoftMask(join(f, "masks/1.png")), { code: "ACINUS_MASK_VALUES", value: [0, 254, 255] }],
    ["an unreadable image", (f) => writeFileSync(join(f, "images/1.png"), "x"), { code: "ACINUS_UNREADABLE_IMAGE" }],
    [
      "an image smaller than the network takes",
      (f) =>
        Promise.all([
          writeImage(join(f, "images/1.png"), { size: 40, width: 31 }),
          writeMask(join(f, "masks/1.png"), { size: 40, width: 31 }),
        ]),
      { code: "ACINUS_IMAGE_TOO_SMALL", value: [31, 40] },
    ],
  ];
  it.each(problems)("refuses %s by a typed error that names the file", async (_, spoil, expected) => {
    const folder = await writeSet(temporary(), 3);
    await spoil(folder);
    const error = await rejection(Dataset.open(folder));
    expect(error).toBeInstanceOf(DataError);
    expect(error).toMatchObject(expected);
    expect(error.file).toMatch(/1\.png$/);
    expect(error.message).toContain(error.file);
    expect(error.fix).toBeTruthy();
  });

  it("collects all problems instead of stopping at the first", async () => {
    const folder = await writeSet(temporary(), 8);
    for (const i of [1, 2, 3]) await writeSoftMask(join(folder, `masks/${i}.png`));
    rmSync(join(folder, "images/5.png"));
    writeFileSync(join(folder, "masks/6.png"), "x");
    const error = await rejection(Dataset.open(folder));
    expect(error.problems?.map(({ code }) => code).sort()).toEqual([
      "ACINUS_MASK_VALUES",
      "ACINUS_MASK_VALUES",
      "ACINUS_MASK_VALUES",
      "ACINUS_MISSING_IMAGE",
      "ACINUS_UNREADABLE_IMAGE",
    ]);
    expect(error.message).toMatch(/^5 problems in .*… and 2 more\.$/s);
  });

  it("makes the sum of wrong masks a MaskValueError too", async () => {
    const folder = await writeSet(temporary(), 3);
    for (const i of [0, 1]) await writeSoftMask(join(folder, `masks/${i}.png`));
    expect(await rejection(Dataset.open(folder))).toBeInstanceOf(MaskValueError);
  });
});

describe("views", () => {
  it("share one store, and free it with the last of them", async () => {
    const data = await Dataset.open(await writeSet(temporary(), 10));
    const { train, validation } = data.split({ validation: 0.2, seed: 7 });
    expect(train.length + validation.length).toBe(10);
    expect(train[storeView].store).toBe(validation[storeView].store);
    const joined = [...train[storeView].indices, ...validation[storeView].indices].sort((a, b) => a - b);
    expect(joined).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const { store } = train[storeView];
    data.close();
    data.close();
    train.close();
    expect(store.size()).toBe(10);
    expect(() => train[storeView]).toThrow(expect.objectContaining({ code: "ACINUS_CLOSED" }));
    validation.close();
    expect(() => store.size()).toThrow(/closed/);
  });

  it("keep groups whole, read from the names", async () => {
    const folder = temporary();
    for (let i = 0; i < 12; i++) {
      await writeImage(join(folder, "images", `0${i % 4}_${i}.png`), { value: i });
      await writeMask(join(folder, "masks", `0${i % 4}_${i}.png`));
    }
    using data = await Dataset.open(folder, { group: /^\d+/ });
    const { train, validation } = data.split({ validation: 0.25 });
    expect(validation.length).toBe(3);
    expect(new Set(validation.groups).size).toBe(1);
    expect(train.groups).not.toContain(validation.groups[0]);
    const wrong = Dataset.open(folder, { group: /patient/ });
    await expect(wrong).rejects.toMatchObject({ code: "ACINUS_INVALID_ARGUMENT" });
  });

  it("take any order of images, and no image that is not there", async () => {
    using data = await Dataset.open(await writeSet(temporary(), 4));
    using part = data.subset([3, 1]);
    expect(part.files.map(({ image }) => basename(image))).toEqual(["3.png", "1.png"]);
    expect([...part[storeView].indices]).toEqual([3, 1]);
    expect(() => data.subset([4])).toThrow(expect.objectContaining({ code: "ACINUS_INVALID_ARGUMENT" }));
    expect(() => data.subset([])).toThrow(expect.objectContaining({ code: "ACINUS_EMPTY_SET" }));
  });
});

describe("copies of an image", () => {
  it("are found across sets and within one by their pixels, whatever the file format", async () => {
    const [first, second] = [await writeSet(temporary(), 4), await writeSet(temporary(), 2)];
    rmSync(join(second, "images/1.png"));
    await writeImage(join(second, "images/1.tif"), { value: 3 });
    await writeImage(join(first, "images/9.png"), { value: 2 });
    await writeMask(join(first, "masks/9.png"));
    using a = await Dataset.open(first);
    using b = await Dataset.open(second);
    const names = (twins: Readonly<ReturnType<typeof findLeaks>>) =>
      twins.map(({ first: x, second: y }) => [basename(x.image), basename(y.image)]);
    expect(names(findLeaks(a, b))).toEqual([
      ["0.png", "0.png"],
      ["3.png", "1.tif"],
    ]);
    expect(names(findDuplicates(a))).toEqual([["2.png", "9.png"]]);
    expect(() => assertNoLeaks(a, b)).toThrow(
      expect.objectContaining({ code: "ACINUS_LEAK", file: join(second, "images/0.png"), value: 2 }),
    );
    const report = await verifyDataset(first);
    expect(names(report.duplicates)).toEqual([["2.png", "9.png"]]);
  });

  it("are not seen in images of one single colour, which the empty ground of slides is full of", async () => {
    const [first, second] = [await writeSet(temporary(), 3), await writeSet(temporary(), 1)];
    for (const path of [join(first, "images/0.png"), join(first, "images/1.png"), join(second, "images/0.png")]) {
      await sharp({ create: { width: 40, height: 40, channels: 3, background: "#000" } }).toFile(path);
    }
    using a = await Dataset.open(first);
    using b = await Dataset.open(second);
    expect([findLeaks(a, b), findDuplicates(a)]).toEqual([[], []]);
    expect(a.split({ validation: 0.5, seed: 1 }).train.length).toBeGreaterThan(0);
  });
});
