import type { Command } from "commander";
import { darkAdvice, describeIntensity } from "../../lib/dataset/intensity/words.js";
import { findLeaks, type Twins } from "../../lib/dataset/leaks.js";
import type { Verification } from "../../lib/dataset/verify.js";
import { verifyDataset } from "../../lib/dataset/verify.js";
import { visible } from "../../lib/system/visible.js";
import { command, perform, type Shared } from "../cli/command.js";
import { addDataOptions, type DataFlags, dataOptionsOf, layoutHelp } from "../cli/data-options.js";
import { colors, percent, print, table } from "../cli/output.js";
import { progress } from "../cli/progress.js";

interface Options extends Shared, DataFlags {
  validation?: string;
}

const shown = 20;

export function verifyCommand(): Command {
  return addDataOptions(
    command("verify", "check a data set: pairs, sizes, mask values, duplicates, leaks; print the paper's Table I", [
      "acinus verify data/tnbc",
      "acinus verify data/train --validation data/val",
    ]),
  )
    .argument("<data>", "a data set in any of the layouts below")
    .option("--validation <folder>", "a second set that must share no image with the first")
    .addHelpText("after", layoutHelp)
    .action((data: string, options: Options) =>
      perform(options, async ({ json, signal }) => {
        const check = async (folder: string, first?: Verification) => {
          const bar = progress(`Reading ${folder}`);
          const onProgress = (done: number, total: number) => (done === 1 ? bar.start(total, done) : bar.update(done));
          const reading = dataOptionsOf({ ...options, intensity: options.intensity ?? first?.intensity });
          return verifyDataset(folder, { ...reading, signal, onProgress }).finally(() => bar.stop());
        };
        const sets = [await check(data)];
        if (options.validation !== undefined) sets.push(await check(options.validation, sets[0]));
        const leaks = sets[1] ? findLeaks(sets[0] as Verification, sets[1]) : [];
        const ok = leaks.length === 0 && sets.every((set) => set.problems.length === 0);
        print(json, toDocument(ok, sets, leaks), () => describe(ok, sets, leaks));
        return ok ? 0 : 1;
      }),
    );
}

function toDocument(ok: boolean, sets: readonly Verification[], leaks: readonly Twins[]) {
  const describeSet = ({ problems, contentHashes: _, files: __, ...set }: Verification) => ({
    ...set,
    problems: problems.map(({ name, code, message, file, value, fix }) => ({ name, code, message, file, value, fix })),
  });
  return { ok, sets: sets.map(describeSet), leaks };
}

function describe(ok: boolean, sets: readonly Verification[], leaks: readonly Twins[]): string {
  const lines = [
    table([
      ["", ...sets.map((set) => set.folder)],
      ["Total images", ...sets.map(({ statistics }) => String(statistics.images))],
      ["With cells", ...sets.map(({ statistics: s }) => counted(s.withCells, s.images))],
      ["Without cells", ...sets.map(({ statistics: s }) => counted(s.withoutCells, s.images))],
      ["Average cell size", ...sets.map(({ statistics }) => percent(statistics.averageCellShare, 2))],
      ["Cell pixels", ...sets.map(({ statistics }) => percent(statistics.cellPixelShare, 2))],
      ["Components", ...sets.map(({ statistics }) => String(statistics.components))],
      ...(sets.some(({ pixelSizes }) => pixelSizes) ? [["Size of a pixel", ...sets.map(describePixelSizes)]] : []),
      ["Size in pixels", ...sets.map(({ sizes }) => describeSizes(sizes))],
    ]),
    "",
    ...sets.map((set) => `${set.folder} is read as ${set.layout.description}.`),
    ...sets.flatMap(describeMapping),
    "",
  ];
  for (const set of sets) {
    lines.push(...listed("problem", set.problems, ({ name, code, message }) => `${colors.red(name)} [${code}] ${message}`));
    lines.push(
      ...listed(
        "duplicate",
        set.duplicates,
        ({ first, second }) => `${visible(second.image)} is the same image as ${visible(first.image)}`,
      ),
    );
    lines.push(...listed("file of a format that is not read", set.passedOver, (file) => file));
    for (const { message, files } of set.oddities)
      lines.push(`Look at ${set.folder}: ${message}`, ...files.slice(0, shown).map((file) => `  ${file}`), "");
    lines.push(...listed("dark image", set.dark, (file) => `${visible(file)} is nearly black to a network`));
    if (set.dark.length > 0) lines.push(darkAdvice, "");
  }
  lines.push(
    ...listed("leak", leaks, ({ first, second }) => `${visible(second.image)} is the training image ${visible(first.image)}`),
  );
  lines.push(ok ? colors.green("The data can be trained on.") : colors.red("The data cannot be trained on as it is."));
  return lines.join("\n");
}

function describeMapping({ folder, intensity, notes }: Verification): string[] {
  const mapping = describeIntensity(intensity);
  return [...(mapping ? [`${folder}: ${mapping}.`] : []), ...notes];
}

function listed<T>(what: string, items: readonly T[], text: (item: T) => string): string[] {
  if (items.length === 0) return [];
  const rest = items.length > shown ? [`  … and ${items.length - shown} more (all of them with --json)`] : [];
  return [
    `${items.length} ${items.length === 1 ? what : plural(what)}:`,
    ...items.slice(0, shown).map((item) => `  ${text(item)}`),
    ...rest,
    "",
  ];
}

/** Of the first word where others follow it. */
const plural = (what: string) => (what.startsWith("file ") ? what.replace("file", "files") : `${what}s`);

function counted(part: number, all: number): string {
  return all === 0 ? "0" : `${part} (${percent(part / all, 0)})`;
}

function describePixelSizes({ pixelSizes }: Verification): string {
  if (!pixelSizes) return "–";
  const [least, most] = pixelSizes.map((size) => Number(size.toPrecision(4)));
  return least === most ? `${least} µm` : `${least} to ${most} µm`;
}

function describeSizes(sizes: Verification["sizes"]): string {
  const list = sizes.slice(0, 3).map(({ width, height }) => `${width}×${height}`);
  return sizes.length > 3 ? `${list.join(", ")}, … (${sizes.length} sizes)` : list.join(", ") || "–";
}
