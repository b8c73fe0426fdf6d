import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { convert } from "../../lib/dataset/convert.js";
import { Dataset } from "../../lib/dataset/dataset.js";
import { temporary } from "../temporary.js";
import { tiff } from "./layouts/binary.js";
import { cells, scenes, writePixels, writeText } from "./layouts/scene.js";

async function labelSet(): Promise<string> {
  const folder = temporary();
  for (const [i, scene] of scenes.entries()) {
    await writePixels(folder, `P${i}/images/a.png`, scene.rgb);
    writeText(folder, `P${i}/labels/a.tif`, tiff([Uint32Array.from(scene.labels)]));
  }
  return folder;
}

describe("convert", () => {
  it("writes labels where the data has them, under names that differ, and images as they are", async () => {
    const [from, to] = [await labelSet(), join(temporary(), "plain")];
    const { images, problems, to: kind } = await convert(from, to);
    expect([problems, kind, images.map(({ name, group }) => `${name} ${group}`)]).toEqual([
      [],
      "labels",
      ["P0_a P0", "P1_a P1", "P2_a P2"],
    ]);
    expect(readFileSync(join(to, "images/P1_a.png"))).toEqual(readFileSync(join(from, "P1/images/a.png")));
    using data = await Dataset.open(to);
    for (const [i, scene] of scenes.entries()) {
      const found = await data.at(i).instances();
      expect([found?.count, [...(found?.labels ?? [])]]).toEqual([cells, [...scene.labels]]);
    }
  });

  it("writes masks where they are asked for", async () => {
    const to = temporary();
    await convert(await labelSet(), to, { to: "masks" });
    using data = await Dataset.open(to);
    expect(data.layout.truth).toBe("binary");
    expect([...((await data.at(2).pixels()).mask ?? [])]).toEqual(Array.from(scenes[2].labels, (label) => (label > 0 ? 1 : 0)));
  });

  it("writes a chosen channel as PNG, because the file by itself would be another image", async () => {
    const [from, to] = [temporary(), temporary()];
    writeText(
      from,
      "images/a.tif",
      tiff([scenes[1].grey, scenes[0].grey], { description: "ImageJ=1.54f\nimages=2\nchannels=2\n" }),
    );
    await writePixels(from, "masks/a.png", scenes[0].mask);
    await convert(from, to, { channels: [1] });
    using data = await Dataset.open(to);
    expect([...(await data.at(0).pixels()).image.data]).toEqual([...scenes[0].rgb]);
  });

  it.each(["masks", "labels"] as const)("writes pixels to be ignored into %s, and says their value", async (to) => {
    const [from, output] = [temporary(), temporary()];
    const [{ labels, rgb }] = scenes;
    await writePixels(from, "images/a.png", rgb);
    writeText(from, "labels/a.tif", tiff([Uint32Array.from(labels, (label, i) => (i < 50 ? 999 : label))]));
    const { ignore } = await convert(from, output, { to, ignore: [999] });
    expect(ignore).toBe(to === "masks" ? 128 : 65535);
    using data = await Dataset.open(output, { ignore: [ignore as number] });
    const expected = Array.from(labels, (label, i) => (i < 50 ? 2 : label > 0 ? 1 : 0));
    expect([...((await data.at(0).pixels()).mask ?? [])]).toEqual(expected);
    if (to === "labels") expect((await data.at(0).instances())?.count).toBe(cells);
  });

  it("never writes where anything is", async () => {
    const to = temporary();
    writeFileSync(join(to, "mine.txt"), "mine");
    await expect(convert(await labelSet(), to)).rejects.toMatchObject({ code: "ACINUS_WRITE_FAILED", file: to });
    expect(readdirSync(to)).toEqual(["mine.txt"]);
    const file = join(to, "mine.txt");
    await expect(convert(await labelSet(), file)).rejects.toMatchObject({ code: "ACINUS_WRITE_FAILED", file });
  });

  it("names what cannot be read, and writes everything else", async () => {
    const [from, to] = [await labelSet(), temporary()];
    writeFileSync(join(from, "P1/images/a.png"), "");
    const { images, problems } = await convert(from, to);
    expect([images.map(({ name }) => name), problems.map(({ file }) => file)]).toEqual([
      ["P0_a", "P2_a"],
      [join(from, "P1/images/a.png")],
    ]);
  });

  it("refuses to number cells that the data does not tell apart", async () => {
    const from = temporary();
    mkdirSync(join(from, "masks"));
    await writePixels(from, "images/a.png", scenes[0].rgb);
    await writePixels(from, "masks/a.png", scenes[0].mask);
    await expect(convert(from, temporary(), { to: "labels" })).rejects.toMatchObject({
      code: "ACINUS_CONFIG",
      message: expect.stringContaining("--to masks"),
    });
  });
});
