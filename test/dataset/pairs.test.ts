import { mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { findImages, findPairs } from "../../lib/dataset/pairs.js";
import { temporary } from "../temporary.js";

function touch(folder: string, ...names: string[]): string {
  for (const name of names) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), "");
  }
  return folder;
}

describe("findPairs", () => {
  it("pairs images/ and masks/ by name whatever the extension, sorted, and ignores other files", async () => {
    const folder = touch(
      temporary(),
      "images/b.jpg",
      "images/a.tif",
      "images/notes.txt",
      "images/.x.png",
      "masks/a.png",
      "masks/b.png",
    );
    const { pairs, problems } = await findPairs(folder);
    expect(problems).toEqual([]);
    expect(pairs.map((pair) => [basename(pair.image), basename(pair.mask)])).toEqual([
      ["a.tif", "a.png"],
      ["b.jpg", "b.png"],
    ]);
  });

  it.each([[["Images/a.png", "Masks/a.png"]], [["images/a.png", "masks/a_mask.png"]], [["a.png", "a_mask.png"]]])(
    "knows the layout %j",
    async (names) => {
      const { pairs, problems } = await findPairs(touch(temporary(), ...names));
      expect(problems).toEqual([]);
      expect(pairs.map((pair) => pair.name)).toEqual(["a"]);
    },
  );

  it("names each image without a mask, each mask without an image, and names claimed twice", async () => {
    const folder = touch(
      temporary(),
      "images/a.png",
      "images/b.png",
      "images/c.png",
      "images/c.jpg",
      "masks/a.png",
      "masks/c.png",
      "masks/d.png",
    );
    const { pairs, problems } = await findPairs(folder);
    expect(pairs.map((pair) => pair.name)).toEqual(["a", "c"]);
    expect(problems.map((problem) => [problem.code, basename(problem.file ?? "")])).toEqual([
      ["ACINUS_NO_PAIRS", "c.png"],
      ["ACINUS_MISSING_MASK", "b.png"],
      ["ACINUS_MISSING_IMAGE", "d.png"],
    ]);
  });

  it("says where the pairs may be when there are none", async () => {
    const folder = touch(temporary(), "train/images/a.png", "train/masks/a.png");
    await expect(findPairs(folder)).rejects.toMatchObject({ code: "ACINUS_NO_PAIRS", file: folder });
    await expect(findPairs(folder)).rejects.toThrow(`Did you mean ${join(folder, "train")}?`);
  });

  it("tells a missing folder from an empty one", async () => {
    await expect(findPairs("/nowhere")).rejects.toMatchObject({ code: "ACINUS_FILE_NOT_FOUND", file: "/nowhere" });
    const folder = touch(temporary(), "images/readme.txt", "masks/readme.txt");
    await expect(findPairs(folder)).rejects.toMatchObject({ code: "ACINUS_EMPTY_SET", file: folder });
  });
});

describe("findImages", () => {
  it("takes a file, a folder of images, or a folder with images/", async () => {
    const folder = touch(temporary(), "images/b.png", "images/a.png", "masks/a.png");
    const images = [join(folder, "images/a.png"), join(folder, "images/b.png")];
    expect(await findImages(folder)).toEqual(images);
    expect(await findImages(join(folder, "images"))).toEqual(images);
    expect(await findImages(images[1] as string)).toEqual([images[1]]);
    await expect(findImages(temporary())).rejects.toMatchObject({ code: "ACINUS_EMPTY_SET" });
    await expect(findImages("/nowhere")).rejects.toMatchObject({ code: "ACINUS_FILE_NOT_FOUND" });
  });
});
