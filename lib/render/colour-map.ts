/** Interleaved RGB of a probability in [0, 1]. */
export type Colour = readonly [number, number, number];

/** Viridis (Smith, van der Walt, Firing 2015; CC0): perceptually uniform, readable by the colour-blind and in grey. Every tenth entry. */
const viridisStops: readonly Colour[] = [
  [68, 1, 84],
  [72, 36, 117],
  [65, 68, 135],
  [53, 95, 141],
  [42, 120, 142],
  [33, 145, 140],
  [34, 168, 132],
  [68, 191, 112],
  [122, 209, 81],
  [189, 223, 38],
  [253, 231, 37],
];

/** The colour of a value in [0, 1]; values outside take the end's. */
export function viridis(value: number): Colour {
  const position = Math.min(1, Math.max(0, value)) * (viridisStops.length - 1);
  const index = Math.min(Math.floor(position), viridisStops.length - 2);
  const [low, high] = [viridisStops[index] as Colour, viridisStops[index + 1] as Colour];
  const part = position - index;
  const mix = (channel: 0 | 1 | 2) => Math.round(low[channel] + (high[channel] - low[channel]) * part);
  return [mix(0), mix(1), mix(2)];
}

/** Okabe and Ito's colours that stay apart in every kind of colour vision. */
export const errorColours = {
  falsePositive: [230, 159, 0],
  falseNegative: [86, 180, 233],
  correct: [235, 235, 235],
} as const satisfies Record<string, Colour>;

/** Of pixels that do not count. */
export const ignoredColour: Colour = [96, 96, 96];
