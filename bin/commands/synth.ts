import { type Command, Option } from "commander";
import { type SynthesizeOptions, synthesize } from "../../lib/synth/synthesize.js";
import { command, perform, type Shared } from "../cli/command.js";
import { share, wholeNumber } from "../cli/numbers.js";
import { print } from "../cli/output.js";
import { progress } from "../cli/progress.js";

interface Options extends Shared, Omit<SynthesizeOptions, "emptyShare" | "overwrite" | "signal" | "onProgress"> {
  empty?: number;
  force?: boolean;
}

export function synthCommand(): Command {
  return command("synth", "make a small synthetic nuclei data set: train/, val/ and test/ with images/ and masks/", [
    "acinus synth data/synthetic --images 300 --size 128 --seed 1",
    "acinus synth data/fluorescence --style fluorescence --validation 0.2 --test 0.2",
  ])
    .argument("<out>", "folder to write; new or empty")
    .option("--images <n>", "images over all parts (default 200)", wholeNumber)
    .option("--size <pixels>", "side of a tile (default 128)", wholeNumber)
    .option("--seed <n>", "the same seed gives the same files (default 1)", wholeNumber)
    .addOption(new Option("--style <style>", "look of the tiles (default both)").choices(["fluorescence", "he", "both"]))
    .option("--validation <share>", "share of the images for val/ (default 0.2)", share)
    .option("--test <share>", "share of the images for test/ (default 0)", share)
    .option("--empty <share>", "share of tiles without nuclei (default 0.6)", share)
    .option("--force", "replace an earlier synthetic set in the folder")
    .action((out: string, options: Options) =>
      perform(options, async ({ json, signal }) => {
        const { images, size, seed, style, validation, test, empty: emptyShare, force: overwrite } = options;
        const bar = progress("Drawing");
        const { folder, tiles } = await synthesize(out, {
          ...{ images, size, seed, style, validation, test, emptyShare, overwrite, signal },
          onProgress: (done, total) => (done === 1 ? bar.start(total, done) : bar.update(done)),
        }).finally(() => bar.stop());
        const count = (part: string) => tiles.filter((tile) => tile.part === part).length;
        const counts = { train: count("train"), val: count("val"), test: count("test") };
        const empty = tiles.filter((tile) => tile.empty).length;
        print(json, { folder, ...counts, empty, nuclei: tiles.reduce((sum, tile) => sum + tile.nuclei, 0) }, () => {
          const parts = Object.entries(counts).filter(([, n]) => n > 0);
          const list = parts.map(([part, n]) => `${n} ${part}`).join(", ");
          return `Wrote ${tiles.length} tiles to ${folder} (${list}; ${empty} without nuclei).`;
        });
        return 0;
      }),
    );
}
