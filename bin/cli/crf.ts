import { InvalidArgumentError, Option } from "commander";
import type { CrfOptions } from "../../lib/config/crf.js";

/** How the random field is asked for: as the network has it, not at all, or with these options. */
export type CrfFlag = boolean | CrfOptions;

export function crfOption(): Option {
  const help =
    "refine probabilities by a conditional random field over the image: on, off, or options as bilateralWeight=3,colourWidth=10 " +
    "(default: as was chosen for the network, otherwise off)";
  return new Option("--crf [options]", help).preset("on").argParser(crfOf);
}

/** The names and values of options are checked with the others. */
function crfOf(text: string): CrfFlag {
  if (text === "on" || text === "off") return text === "on";
  const pairs = text.split(",").map((pair) => {
    const [, name = "", value = ""] = /^\s*(\w+)=([\d.e+-]+)\s*$/.exec(pair) ?? [];
    if (name === "" || !Number.isFinite(Number(value)))
      throw new InvalidArgumentError("It must be on, off or NAME=NUMBER, with commas between.");
    return [name, Number(value)] as const;
  });
  return Object.fromEntries(pairs);
}
