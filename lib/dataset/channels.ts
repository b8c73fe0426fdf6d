/** One to three of an image's channels, by name or number, as what the network sees. */
import { ConfigError } from "../errors.js";
import type { Raster } from "./formats/raster.js";

export type Channel = string | number;

const colours = ["red", "green", "blue"];

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
    throw new ConfigError("ACINUS_CONFIG", message, { file: path, value: channel });
  });
}

export function describeChannels(count: number, names: readonly string[]): string {
  const named = names.length === count && names.some((name) => name !== "");
  const list = Array.from({ length: count }, (_, i) => (named && names[i] ? `${i} (${names[i]})` : String(i)));
  return `${count} channel${count === 1 ? "" : "s"}: ${list.slice(0, 12).join(", ")}${count > 12 ? ", …" : ""}`;
}

/** The channels chosen: one stays grey, two become red and green over a blue of 0, three are red, green and blue. */
export function pickChannels(
  path: string,
  raster: Raster,
  wanted: readonly Channel[],
  names: readonly string[] = colours,
): Raster {
  const { values, channels, width, height } = raster;
  const numbers = channelNumbers(path, wanted, channels, names);
  const length = numbers.length === 1 ? 1 : 3;
  const Type = values.constructor as new (length: number) => Uint8Array;
  const picked = new Type(width * height * length);
  numbers.forEach((number, channel) => {
    for (let from = number, to = channel; to < picked.length; from += channels, to += length)
      picked[to] = values[from] as number;
  });
  return { ...raster, values: picked, channels: length };
}
