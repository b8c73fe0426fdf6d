import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { findInputs } from "../../lib/dataset/inputs.js";
import { writeOutput } from "../../lib/system/output-file.js";
import { temporary } from "../temporary.js";

let root: string;
beforeEach(() => {
  root = temporary();
});

function touch(...names: string[]): void {
  for (const name of names) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), name);
  }
}

/** Images relative to the root, each with its folder below the input. */
async function found(inputs: string[], recursive = false): Promise<[string, string][]> {
  const images = await findInputs(
    inputs.map((input) => join(root, input)),
    { recursive },
  );
  return images.map(({ image, folder }) => [image.slice(root.length + 1), folder]);
}

describe("inputs", () => {
  it("are files, folders and patterns in their order, and each image once", async () => {
    touch("b.png", "a/1.tif", "a/2.png", "a/notes.txt", "c/x.jpg", "c/y.png", "c/d/z.png");
    symlinkSync(join(root, "b.png"), join(root, "link.png"));
    expect(await found(["a", "c/*.png", "b.png", "link.png", "a/1.tif"])).toEqual([
      ["a/1.tif", ""],
      ["a/2.png", ""],
      ["c/y.png", ""],
      ["b.png", ""],
    ]);
    expect(await found(["c/**/*.png"])).toEqual([
      ["c/d/z.png", "d"],
      ["c/y.png", ""],
    ]);
  });

  it("with all that is below them: of a data set its images, not its masks", async () => {
    touch("s/1.png", "s/deep/2.png", "s/set/images/3.png", "s/set/masks/3.png", "s/.hidden/4.png");
    expect(await found(["s"], true)).toEqual([
      ["s/1.png", ""],
      ["s/deep/2.png", "deep"],
      ["s/set/images/3.png", "set/images"],
    ]);
    await expect(found(["s/set/masks/none"], true)).rejects.toMatchObject({ code: "ACINUS_FILE_NOT_FOUND" });
    mkdirSync(join(root, "empty", "inner"), { recursive: true });
    await expect(found(["empty"], true)).rejects.toMatchObject({ code: "ACINUS_EMPTY_SET" });
  });

  it("that are missing are called images, and a pattern without a match says so", async () => {
    const missing = join(root, "slide.tif");
    await expect(findInputs([missing])).rejects.toMatchObject({
      code: "ACINUS_FILE_NOT_FOUND",
      message: expect.stringContaining(`There is no image or folder ${missing}.`),
    });
    await expect(found(["*.tif"])).rejects.toMatchObject({ message: expect.stringMatching(/No image matches .*\*\.tif/) });
  });

  it("do not count results of acinus, except one that is all that is asked for", async () => {
    touch("i/a.png");
    const result = join(root, "i", "a-predicted.png");
    await writeOutput(result, "mask", { from: "a.png" });
    const passed: [number, string][] = [];
    const onPassedOver = (results: number, place: string) => passed.push([results, place]);
    const image = { image: join(root, "i", "a.png"), folder: "" };
    for (const inputs of [[join(root, "i")], [join(root, "i", "*.png")], [join(root, "i", "a.png"), result]]) {
      expect(await findInputs(inputs, { onPassedOver })).toEqual([image]);
    }
    expect(await findInputs([join(root, "i")], { recursive: true, onPassedOver })).toEqual([image]);
    expect(passed.map(([results]) => results)).toEqual([1, 1, 1, 1]);
    expect(await findInputs([result])).toEqual([{ image: result, folder: "" }]);
  });
});
