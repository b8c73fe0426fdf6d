import { Option } from "commander";
import { testTimeTransformNames } from "../../lib/config/inference.js";

/** Which flips and rotations to average over; the names are checked with the other options. */
export function ttaTransformsOption(): Option {
  const help = `average over these instead, with commas between: ${testTimeTransformNames.join(", ")}`;
  return new Option("--tta-transforms <list>", help).argParser((text) => text.split(",").map((name) => name.trim()));
}
