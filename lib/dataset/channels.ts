/** One to three of an image's channels, by name or number, as what the network sees. */
import type { Channel } from "../config/data.js";
import { ConfigError } from "../errors.js";
import type { TrainableDataset } from "./types.js";

export type { Channel };

/** Channel numbers that the selection means, counted from 0. @throws ConfigError ACINUS_CONFIG naming those that there are. */
export function channelNumbers(path: string, wanted: readonly Channel[], count: number, names: readonly string[]): number[] {
  if (wanted.length < 1 || wanted.length > 3) {
    throw new ConfigError("ACINUS_CONFIG", `${wanted.length} channels were chosen; a network sees one, two or three.`, {
      value: wanted,
    });
  }
  return wanted.map((channel) => {
    const named = names.findIndex((name) => name.toLowerCase() === String(channel).toLowerCase());
    const number = named >= 0 ? named : Number(channel);
    if (Number.isInteger(number) && number >= 0 && number < count) return number;
    const message = `${path} has no channel ${channel}; it has ${describeChannels(count, names)}.`;
    throw new ConfigError("ACINUS_CONFIG", message, {
      file: path,
      value: channel,
      fix: "Name one to three of these: --channels 0",
    });
  });
}

export function describeChannels(count: number, names: readonly string[]): string {
  const named = names.length === count && names.some((name) => name !== "");
  const list = Array.from({ length: count }, (_, i) => (named && names[i] ? `${i} (${names[i]})` : String(i)));
  return `${count} channel${count === 1 ? "" : "s"}: ${list.slice(0, 12).join(", ")}${count > 12 ? ", …" : ""}`;
}

/**
 * Makes sure that a network sees the channels of a set that it saw of another one. Channels that were chosen for the set stay as they are, if
 * they are as many.
 * @param from what has the channels, in words, and how a script names them.
 * @throws ConfigError ACINUS_CONFIG
 */
export function assertSameChannels(
  { channels: own, files }: TrainableDataset,
  channels: readonly Channel[] | undefined,
  from: { readonly what: string; readonly script: string },
): void {
  if (channels === undefined || own?.length === channels.length) return;
  const seen = own === undefined ? "all colours" : `the channels ${own.join(", ")}`;
  const message = `Of ${files[0]?.image} and the images beside it ${seen} are taken, and of ${from.what} the channels ${channels.join(", ")}.`;
  throw new ConfigError("ACINUS_CONFIG", message, {
    file: files[0]?.image,
    value: own,
    fix: `Open them with the same channels: Dataset.open(folder, { channels: ${from.script} })`,
  });
}
