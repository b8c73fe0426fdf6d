/** One set's way from grey values to the bytes that a network sees: asked for, carried by a model, or learnt from the images. */
import type { IntensityOptions, IntensityRule, IntensityWindow, SampleType } from "../../config/intensity.js";
import type { DecodedImage, RawImage } from "../decoded.js";
import { windowOfBytes, windowsTo } from "./brightness.js";
import { isDark, refuseBeyondBytes } from "./checks.js";
import type { Histogram } from "./histogram.js";
import { histogramOf, type ImageSet } from "./learn.js";
import { mapped, measure, usualPercentiles } from "./measure.js";
import { typeOf, windowOfType } from "./sample-types.js";
import { asTheyAre, windowsOf } from "./windows.js";
import { bytesNote, matchedNote } from "./words.js";

/** The rule of models that know of none: 16 bits over their whole range. */
export const ruleBefore: IntensityOptions = { mode: "type", per: "dataset", channels: "together" };

interface Plan {
  /** Undefined: of each image by itself. */
  readonly windows?: readonly IntensityWindow[];
  /** Whether single bright pixels are taken out: windows by percentiles cut them off, but they would stay white. */
  readonly hot: boolean;
  /** Windows that follow from the image's own type and from nothing learnt: the brightest level is then worth a word. */
  readonly blind?: boolean;
}

export class IntensityMap {
  readonly #asked: IntensityOptions | IntensityRule | undefined;
  readonly #fill: number | undefined;
  readonly #set: ImageSet | undefined;
  readonly #plans = new Map<SampleType, Promise<Plan>>();
  readonly #windows = new Map<SampleType, readonly IntensityWindow[]>();
  readonly #notes = new Set<string>();
  #stains = false;

  /**
   * @param asked options, or the rule of a model or data set; without it, bytes are taken as they are and other types by percentiles.
   * @param fill stands for NaN; default: what the rule says.
   */
  constructor(asked?: IntensityOptions | IntensityRule, fill?: number, set?: ImageSet) {
    this.#asked = asked;
    this.#fill = fill ?? (asked && "fill" in asked ? asked.fill : undefined);
    this.#set = set;
  }

  /** What a user should know of it, a sentence each. */
  get notes(): readonly string[] {
    return [...this.#notes];
  }

  /** How the images seen so far were mapped: for the checkpoint of a network that is trained on them. */
  get rule(): IntensityRule {
    const types = [...this.#plans.keys()].sort();
    const wide = types.some((type) => type !== "uint8");
    const fill = this.#fill;
    const { mode, low, high, per, channels } = this.#asked ?? (wide ? this.#usual() : bytesAlone);
    const learnt = this.#asked && "windows" in this.#asked ? this.#asked : undefined;
    return {
      ...{ mode, ...(low === undefined ? {} : { low }), ...(high === undefined ? {} : { high }), per, channels },
      ...(fill === undefined ? {} : { fill }),
      types: [...new Set([...(learnt?.types ?? []), ...types])].sort(),
      windows: { ...learnt?.windows, ...Object.fromEntries([...this.#windows].sort()) } as IntensityRule["windows"],
      ...(learnt?.levels ? { levels: learnt.levels } : {}),
    };
  }

  /** @throws DataError naming the file; ConfigError where the mode cannot hold the values. */
  async map(path: string, image: RawImage): Promise<DecodedImage> {
    const { values, width, height, turned, pixelSize } = image;
    const type = typeOf(values);
    this.#stains ||= image.stains === true;
    const plan = await this.#plan(path, image, type);
    const about = { width, height, bits: 8 * values.BYTES_PER_ELEMENT, turned, pixelSize };
    if (type === "uint8" && plan.windows === identity && isRgb(image)) return { data: values as Uint8Array, ...about };
    const fill = this.#fill;
    const unlearnt = plan.blind || plan.windows === identity;
    const own = plan.windows === undefined || /float/.test(type) || (unlearnt && type !== "uint8");
    const histogram = own ? await measure(path, image, fill) : undefined;
    const windows = plan.windows ?? windowsOf(histogram as Histogram, this.#percentages(), this.#apart());
    if (histogram && plan.windows === identity) refuseBeyondBytes(path, histogram);
    const data = await mapped(image, windows, fill, plan.hot);
    return { data, ...about, ...(histogram && plan.blind ? { dark: isDark(histogram, windows[0] as IntensityWindow) } : {}) };
  }

  #plan(path: string, image: RawImage, type: SampleType): Promise<Plan> {
    const plan = this.#plans.get(type) ?? this.#make(path, image, type);
    this.#plans.set(type, plan);
    return plan;
  }

  async #make(path: string, image: RawImage, type: SampleType): Promise<Plan> {
    const asked = this.#asked;
    const learnt = asked && "windows" in asked ? asked : undefined;
    if (learnt?.types.length && !learnt.types.includes(type)) return this.#match(path, image, type, learnt);
    const known = learnt?.windows[type];
    if (known) return { windows: known, hot: type !== "uint8" };
    if (!asked ? type === "uint8" : asked.mode === "none") return { windows: identity, hot: false };
    const { mode, low, high, per } = asked ?? this.#usual();
    if (mode === "type") return { windows: [windowOfType(type)], hot: false, blind: true };
    if (mode === "range") return { windows: [[low as number, high as number, 0, 255]], hot: false, blind: true };
    if (per === "image") return { hot: type !== "uint8" };
    if (learnt?.types.includes(type)) return { windows: identity, hot: false };
    const windows = windowsOf(await this.#learn(path, image), this.#percentages(), this.#apart());
    this.#windows.set(type, windows);
    return { windows, hot: type !== "uint8" };
  }

  /** Of another type than the images that the rule was learnt from: the window of one says nothing of the other, their brightness does. */
  async #match(path: string, image: RawImage, type: SampleType, rule: IntensityRule): Promise<Plan> {
    const histogram = await this.#learn(path, image);
    const bytes = rule.types.includes("uint8") && rule.windows.uint8 === undefined ? windowOfBytes(histogram) : undefined;
    const windows = bytes
      ? [bytes]
      : rule.levels
        ? windowsTo(rule.levels, histogram, this.#apart())
        : windowsOf(histogram, usualPercentiles, this.#apart());
    this.#windows.set(type, windows);
    this.#notes.add(bytes ? bytesNote(type, bytes) : matchedNote(rule, type, windows));
    return { windows, hot: true };
  }

  #learn(path: string, image: RawImage): Promise<Histogram> {
    return histogramOf(this.#set, path, image, this.#fill);
  }

  #usual(): IntensityOptions {
    const [low, high] = usualPercentiles;
    return { mode: "percentile", low, high, per: "dataset", channels: this.#stains ? "apart" : "together" };
  }

  #percentages(): readonly [number, number] {
    const { low, high } = this.#asked ?? this.#usual();
    return [low as number, high as number];
  }

  #apart(): boolean {
    return (this.#asked ?? this.#usual()).channels === "apart";
  }
}

const identity: readonly IntensityWindow[] = [asTheyAre];
const bytesAlone: IntensityOptions = { mode: "none", per: "dataset", channels: "together" };

function isRgb({ channels, picks }: RawImage): boolean {
  return channels === 3 && picks.length === 3 && picks.every((pick, i) => pick === i);
}
