import { type Command, InvalidArgumentError, Option } from "commander";
import type { DataOptions } from "../../lib/config/data.js";
import { layouts } from "../../lib/dataset/layouts/index.js";

import { intensityHelp, intensityOf } from "./intensity.js";
import { aboveZero } from "./numbers.js";

/** Options of every command that takes a data set: how it is read. */
export interface DataFlags extends DataOptions {
  layout?: string;
}

export type ImageFlags = Pick<DataFlags, "channels" | "plane" | "orientation" | "intensity" | "nan">;

/** For `command.addHelpText("after", …)`: what --layout may name. */
export const layoutHelp = `\nLayouts that are recognised:\n${layouts.map(({ name, title }) => `  ${name.padEnd(10)} ${title}\n`).join("")}`;

/** What of an image file is seen. */
export function addImageOptions(command: Command): Command {
  const options = [
    new Option(
      "--channels <list>",
      "channels by name or number from 0, with commas between: one is grey, three are red, green, blue",
    ).argParser(list),
    new Option("--plane <n>", "of a stack: a plane counted from 0, or max or mean over all").argParser(plane),
    new Option("--orientation <how>", "turn images as their EXIF says, or take them as stored").choices(["apply", "ignore"]),
    new Option("--intensity <how>", intensityHelp).argParser(intensityOf),
    new Option("--nan <value>", "grey value that stands for values that are no numbers (NaN)").argParser(finite),
  ];
  for (const option of options) command.addOption(option);
  return command;
}

export function addDataOptions(command: Command): Command {
  const options = [
    new Option("--layout <name>", "how the data lies on disk, where two layouts fit").choices(layouts.map(({ name }) => name)),
    new Option("--classes <list>", "classes that are cells, by name or value, with commas between (default: all)").argParser(
      list,
    ),
    new Option("--ignore <list>", "mask values or classes whose pixels count neither in the loss nor in scores").argParser(
      list,
    ),
    new Option("--mask-threshold <value>", "mask pixels from this value on are cells: for soft edges").argParser(positive),
    new Option("--pixel-size <um>", "µm per pixel (default: what the files say)").argParser(aboveZero),
    new Option("--mask-values <kind>", "what several values in a mask mean").choices(["labels", "classes"]),
  ];
  for (const option of options) command.addOption(option);
  return addImageOptions(command);
}

export function dataOptionsOf(flags: DataFlags): DataFlags {
  const {
    layout,
    channels,
    plane: which,
    classes,
    ignore,
    maskThreshold,
    maskValues,
    orientation,
    intensity,
    nan,
    pixelSize,
  } = flags;
  return { layout, channels, plane: which, classes, ignore, maskThreshold, maskValues, orientation, intensity, nan, pixelSize };
}

function list(text: string): (string | number)[] {
  const words = text.split(",").map((word) => word.trim());
  if (words.some((word) => word === "")) throw new InvalidArgumentError("It must be names or numbers with commas between.");
  return words.map((word) => (/^\d+$/.test(word) ? Number(word) : word));
}

function plane(text: string): number | "max" | "mean" {
  if (text === "max" || text === "mean") return text;
  if (/^\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be a number from 0 on, max or mean.");
}

function finite(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value)) return value;
  throw new InvalidArgumentError("It must be a number.");
}

function positive(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError("It must be a number above 0.");
}
