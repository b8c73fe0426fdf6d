/** `--intensity`: how grey values become the 0 to 255 that a network sees. */
import { InvalidArgumentError } from "commander";
import { type Intensity, intensityModes } from "../../lib/config/intensity.js";

export const intensityHelp = [
  "how grey values become 0 to 255: percentile[:LOW,HIGH] of all images (default for more than 8 bits: 0.1,99.9),",
  "image[:LOW,HIGH], percentiles of each image, range:LOW,HIGH, grey values, type, the whole range of the type,",
  "or none; for one window a channel add ,apart",
].join(" ");

const words = [...intensityModes, "image"];

/** @throws InvalidArgumentError; what the numbers may be, lib/config says. */
export function intensityOf(text: string): Intensity {
  const [word = "", rest] = text.split(":", 2) as [string, string?];
  const parts = rest === undefined ? [] : rest.split(",").map((part) => part.trim());
  const apart = parts.at(-1) === "apart";
  const [low, high, ...more] = (apart ? parts.slice(0, -1) : parts).map(Number);
  const mode = word === "image" ? "percentile" : intensityModes.find((known) => known === word);
  if (!mode) throw new InvalidArgumentError(`"${word}" is none of ${words.join(", ")}.`);
  const numbers = low === undefined || (high !== undefined && more.length === 0 && [low, high].every(Number.isFinite));
  if (!numbers || (mode === "range" && low === undefined)) {
    throw new InvalidArgumentError(
      `Write ${word}:LOW,HIGH, two numbers, for example ${mode === "range" ? "range:0,4095" : `${word}:0.1,99.9`}`,
    );
  }
  return {
    ...{ mode, low, high },
    ...(word === "image" ? { per: "image" as const } : {}),
    ...(apart ? { channels: "apart" as const } : {}),
  };
}
