import { type Command, InvalidArgumentError, Option } from "commander";
import { type CellRule, plainRule, type Separation, type SeparationOptions } from "../../lib/config/cells.js";
import { number, share, wholeNumber } from "./numbers.js";

/** Flags that say how cells are told apart. */
export interface SeparationFlags {
  threshold?: number;
  separation?: Separation["method"];
  peakHeight?: number;
  probabilityWeight?: number;
  minimumSize?: number;
  fillHoles?: number;
}

export function addSeparationOptions(command: Command): Command {
  const options = [
    new Option("--threshold <p>", "a pixel is a cell from this probability on (default: the network's, or 0.5)").argParser(
      share,
    ),
    new Option(
      "--separation <method>",
      "watershed tells touching cells apart, components does not (default: the network's, or components)",
    ).choices(["watershed", "components"]),
    new Option("--peak-height <pixels>", "watershed: lower hills in the distance are one cell (h; default 1)").argParser(
      positive,
    ),
    new Option("--probability-weight <pixels>", "watershed: what a probability of 1 adds to the distance").argParser(positive),
    new Option("--minimum-size <pixels>", "smaller cells are none (default 0)").argParser(wholeNumber),
    new Option("--fill-holes <pixels>", "holes up to this area belong to their cell").argParser(wholeNumber),
  ];
  for (const option of options) command.addOption(option);
  return command;
}

/** What the flags say of the separation, over what was chosen for the network; undefined when they say nothing. */
export function separationOf(flags: SeparationFlags, chosen: CellRule = plainRule): SeparationOptions | undefined {
  const { separation: method, peakHeight: h, probabilityWeight, minimumSize, fillHoles } = flags;
  const said = Object.entries({ method, h, probabilityWeight, minimumSize, fillHoles }).filter(
    ([, value]) => value !== undefined,
  );
  if (said.length === 0) return undefined;
  const another = method !== undefined && method !== chosen.separation.method;
  return { ...(another ? {} : chosen.separation), ...(Object.fromEntries(said) as SeparationOptions) };
}

/** In words, for people. */
export function describeRule({ threshold, separation }: CellRule): string {
  const { method, h, probabilityWeight, minimumSize } = separation;
  const parts = [
    `threshold ${threshold}`,
    ...(method === "watershed" ? [`h ${h} px`, `weight of the probability ${probabilityWeight} px`] : []),
    ...(minimumSize > 0 ? [`${minimumSize} px or more`] : []),
  ];
  return `${method} (${parts.join(", ")})`;
}

function positive(text: string): number {
  const value = number(text);
  if (value >= 0) return value;
  throw new InvalidArgumentError("It must be a number of at least 0.");
}
