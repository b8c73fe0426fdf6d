/** Intensity rules in words, for people. */
import type { IntensityRule, IntensityWindow, SampleType } from "../../config/intensity.js";
import { describeType } from "./sample-types.js";

const number = (value: number) => String(Number(value.toPrecision(4)));

/** What to do about images that a mapping makes nearly black. */
export const darkAdvice =
  "They use a small part of the range of grey values that is mapped to 0 to 255. --intensity percentile maps by what the images hold.";

/** A window: "grey values 12 to 2210 become 0 to 255". */
function describeWindow([low, high, from, to]: IntensityWindow): string {
  return `grey values ${number(low)} to ${number(high)} become ${number(from)} to ${number(to)}`;
}

/** How images beyond 8 bits are mapped; undefined where all are bytes that are taken as they are. */
export function describeIntensity({ mode, low, high, per, types, windows }: IntensityRule): string | undefined {
  if (mode === "none" && types.every((type) => type === "uint8")) return undefined;
  const names = types.map(describeType).join(" and ");
  if (mode === "none") return `${names}, values taken as they are`;
  if (mode === "type") return `${names}, over the whole range of the type`;
  if (mode === "range") return `${names}, grey values ${number(low as number)} to ${number(high as number)} become 0 to 255`;
  const percentages = `percentiles ${low} and ${high}`;
  if (per === "image") return `${names}, by the ${percentages} of each image`;
  const learnt = Object.values(windows).map((all) => all.map(describeWindow).join(", "));
  return `${names}, by the ${percentages} of all images: ${learnt.join("; ")}`;
}

/** What is said of images that a model did not see in training. */
export function matchedNote({ types }: IntensityRule, type: SampleType, windows: readonly IntensityWindow[]): string {
  const trained = types.map(describeType).join(" and ");
  return (
    `The images have ${describeType(type)}, and the model was trained on ${trained}: they are made as bright as the training's ` +
    `(${windows.map(describeWindow).join(", ")}). --intensity maps them otherwise.`
  );
}

/** What is said of bytes in another type. */
export function bytesNote(type: SampleType, [, high, , to]: IntensityWindow): string {
  const step = number(high / to);
  return `The images have ${describeType(type)}, and their values lie ${step} apart: they are taken as the images of 8 bits that they hold.`;
}
