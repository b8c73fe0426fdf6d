import { describe, expect, it } from "vitest";
import { native } from "../../lib/addon/load.js";
import { augmentOptionsSchema } from "../../lib/config/augment.js";
import { augment, remap } from "../../lib/functional/index.js";
import { correlation, counted, expectFrequencies, expectShare, expectUniform } from "../data/statistics.js";
import { largestDifference } from "../within.js";
import { bits, discMask, fixture, ramp } from "./scene.js";

const options = augmentOptionsSchema.parse({});
const draw = (index: number, epoch = 0, changed = options) =>
  native().functional.augmentDecisions({ seed: 21, epoch, index }, changed);
const draws = 10_000;
const all = Array.from({ length: draws }, (_, index) => draw(index));

describe("what augmentation does, over 10,000 draws", () => {
  it("flips, deforms and changes the light as often as their probabilities say", () => {
    for (const kind of ["horizontalFlip", "verticalFlip", "elastic"] as const) {
      expectShare(all.filter((one) => one[kind]).length, draws, options[kind], kind);
    }
    expectShare(all.filter(({ quarterTurns }) => quarterTurns > 0).length, draws, options.rotate90, "rotate90");
    const changed = all.filter(({ contrast, brightness }) => contrast !== 1 || brightness !== 0).length;
    expectShare(changed, draws, options.brightnessContrast, "brightnessContrast");
  });

  it.each([0.05, 0.9])("follows other probabilities: %d", (p) => {
    const other = { ...options, horizontalFlip: p, verticalFlip: p, rotate90: p, elastic: p, brightnessContrast: p };
    const found = Array.from({ length: draws }, (_, index) => draw(index, 3, other));
    expectShare(found.filter(({ horizontalFlip }) => horizontalFlip).length, draws, p);
    expectShare(found.filter(({ verticalFlip }) => verticalFlip).length, draws, p);
    expectShare(found.filter(({ quarterTurns }) => quarterTurns > 0).length, draws, p);
    expectShare(found.filter(({ elastic }) => elastic).length, draws, p);
    expectShare(found.filter(({ contrast }) => contrast !== 1).length, draws, p);
  });

  it("turns by one, two and three quarters equally often", () => {
    const turned = all.map(({ quarterTurns }) => quarterTurns).filter((turns) => turns > 0);
    expectFrequencies(counted(turned, 4), [0, 1 / 3, 1 / 3, 1 / 3]);
  });

  it("changes contrast by a factor uniform in 0.8 … 1.2 and brightness uniform in ± 51 grey levels, independently", () => {
    const changed = all.filter(({ contrast }) => contrast !== 1);
    const [contrasts, brightnesses] = [changed.map(({ contrast }) => contrast), changed.map(({ brightness }) => brightness)];
    expectUniform(contrasts, 0.8, 1.2);
    expectUniform(brightnesses, -51, 51);
    expect(Math.abs(correlation(contrasts, brightnesses))).toBeLessThan(4 / Math.sqrt(changed.length));
  });

  it("decides each of them by itself", () => {
    const facts = all.map((one) =>
      [one.horizontalFlip, one.verticalFlip, one.quarterTurns > 0, one.elastic, one.contrast !== 1].map(Number),
    );
    for (let a = 0; a < 5; a++) {
      for (let b = 0; b < a; b++) {
        const r = correlation(
          facts.map((row) => row[a] as number),
          facts.map((row) => row[b] as number),
        );
        expect(Math.abs(r), `${a} and ${b}`).toBeLessThan(4 / Math.sqrt(draws));
      }
    }
  });

  it("decides anew for another sample, epoch and seed, and the same for the same", () => {
    expect(draw(17, 5)).toEqual(draw(17, 5));
    const seeds = [0, 1, 2].flatMap((seed) =>
      [0, 1, 2].flatMap((epoch) =>
        [0, 1, 2].map(
          (index) =>
            native().functional.augmentDecisions({ seed, epoch, index }, { ...options, brightnessContrast: 1 }).contrast,
        ),
      ),
    );
    expect(new Set(seeds).size).toBe(27);
  });

  it("does nothing where it is switched off", () => {
    const off = draw(1, 0, { ...options, enabled: false });
    expect(off).toEqual({
      horizontalFlip: false,
      verticalFlip: false,
      quarterTurns: 0,
      elastic: false,
      contrast: 1,
      brightness: 0,
    });
  });
});

describe("an augmented image", () => {
  const none = { horizontalFlip: 0, verticalFlip: 0, rotate90: 0, elastic: 0, brightnessContrast: 0 };
  const [height, width] = [24, 24];
  const [image, mask] = [ramp(height, width), discMask(height, width)];
  const pixel = (data: Uint8Array, y: number, x: number) =>
    Array.from(data.slice(3 * (y * width + x), 3 * (y * width + x) + 3));

  it("is flipped, turned and lit with exactly what was decided", () => {
    for (let index = 0; index < 40; index++) {
      const key = { seed: 21, epoch: 0, index };
      const { horizontalFlip, verticalFlip, quarterTurns, contrast, brightness } = draw(index);
      const found = augment(image, mask, { ...key, height, width, options: { elastic: 0 } });
      for (const [y, x] of [
        [0, 0],
        [3, 20],
        [23, 1],
        [11, 12],
      ] as const) {
        // Back along the way: quarter turns counter-clockwise, then the vertical flip, then the horizontal one.
        let [r, c]: [number, number] = [y, x];
        for (let turn = 0; turn < quarterTurns; turn++) [r, c] = [c, width - 1 - r];
        if (verticalFlip) r = height - 1 - r;
        if (horizontalFlip) c = width - 1 - c;
        expect(found.mask[y * width + x]).toBe(mask[r * width + c]);
        pixel(image, r, c).forEach((value, channel) => {
          const lit = Math.min(255, Math.max(0, value * contrast + brightness));
          expect(Math.abs((pixel(found.image, y, x)[channel] as number) - lit)).toBeLessThanOrEqual(0.5 + 1e-4);
        });
      }
    }
  });

  it("keeps a mask of 0 and 1 through every change", () => {
    for (let index = 0; index < 30; index++) {
      const found = augment(image, mask, { seed: 2, index, height, width, options: { elastic: 1 } });
      expect(found.mask.every((value) => value === 0 || value === 1)).toBe(true);
    }
  });

  it("that is not square is only turned by half", () => {
    const [h, w] = [4, 6];
    const flat = ramp(h, w);
    for (let index = 0; index < 10; index++) {
      const found = augment(flat, new Uint8Array(h * w), { index, height: h, width: w, options: { ...none, rotate90: 1 } });
      expect(pixelsBackwards(found.image)).toEqual(Array.from(flat));
    }
    function pixelsBackwards(data: Uint8Array): number[] {
      return Array.from({ length: h * w }, (_, i) => Array.from(data.slice(3 * (h * w - 1 - i), 3 * (h * w - i)))).flat();
    }
  });
});

interface RemapCase {
  height: number;
  width: number;
  opencv: number[];
  scipy: number[];
  mask: string;
}

describe.each(fixture<RemapCase[]>("remap"))(
  "a deformation of $height×$width pixels that reaches beyond the borders",
  (expected) => {
    const { height, width } = expected;
    const pixels = height * width;
    const field = new Float32Array(2 * pixels);
    const smooth = new Float32Array(pixels);
    for (let i = 0; i < pixels; i++) {
      const [y, x] = [Math.floor(i / width), i % width];
      field[i] = 6.25 * Math.sin((x + 2 * y) / 9) + 0.125;
      field[pixels + i] = 4.5 * Math.cos((2 * x - y) / 11) - 0.25;
      smooth[i] = 127 + 60 * Math.sin(x / 7) + 50 * Math.cos(y / 9);
    }
    [field[0], field[pixels]] = [-100, 75.5];

    it("is SciPy's bilinear map with mirrored borders, and OpenCV's within half a grey level", () => {
      const found = remap(smooth, [1, height, width], field);
      expect(largestDifference(found, expected.scipy)).toBeLessThan(2e-3); // positions near 100 px in float32
      expect(largestDifference(found, expected.opencv)).toBeLessThan(0.5); // OpenCV interpolates in 32 steps a pixel
    });

    it("takes for masks the nearest pixel, as OpenCV does", () => {
      const found = remap(Float32Array.from(discMask(height, width)), [1, height, width], field, "nearest");
      const differing = bits(expected.mask).filter((value, i) => value !== found[i]).length;
      expect(differing).toBe(0);
    });
  },
);
