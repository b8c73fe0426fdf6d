import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { decodeImage } from "../../lib/dataset/decode.js";
import { type EdgeConfig, gaborEdges, gaborKernels, networkInput } from "../../lib/functional/index.js";
import { largestDifference, within } from "../within.js";
import { fixture, scene } from "./scene.js";

interface Kernels {
  probes: number[][];
  sum: number[];
  square: number[];
  weighted: number[];
}
interface Fixture {
  probes: number[];
  kernels: Record<string, Kernels>;
  maps: Record<string, number[]>;
  rawMap: number[];
  /** Of every third row and column. */
  photographs: Record<string, number[]>;
}

const reference = fixture<Fixture>("gabor");
const variants: Record<string, EdgeConfig> = {
  raw: { dcCompensation: false, l1Normalize: false },
  compensated: { l1Normalize: false },
  normalized: {},
  phase: { dcCompensation: false, l1Normalize: false, psi: 0.7 },
};

/** OpenCV's formula written down anew: row 0 is the lowest y, column 0 the greatest x. */
function openCvKernel(theta: number, wavelength: number, psi: number): Float64Array {
  const kernel = new Float64Array(31 * 31);
  for (let y = -15; y <= 15; y++) {
    for (let x = -15; x <= 15; x++) {
      const along = x * Math.cos(theta) + y * Math.sin(theta);
      const across = y * Math.cos(theta) - x * Math.sin(theta);
      const envelope = Math.exp(-0.5 * ((along / 5) ** 2 + (across / 10) ** 2));
      kernel[(15 - y) * 31 + 15 - x] = envelope * Math.cos((2 * Math.PI * along) / wavelength + psi);
    }
  }
  return kernel;
}

describe("gaborKernels", () => {
  it.each(Object.keys(variants))("gives OpenCV's 24 kernels, %s, within 1e-5", (name) => {
    const { data, shape } = gaborKernels(variants[name]);
    const expected = reference.kernels[name] as Kernels;
    expect(shape).toEqual([24, 31, 31]);
    for (let k = 0; k < 24; k++) {
      const kernel = data.subarray(k * 961, (k + 1) * 961);
      const probes = reference.probes.map((at) => kernel[at] as number);
      within(
        "24 Gabor kernels, raw and compensated, against OpenCV",
        largestDifference(probes, expected.probes[k] as number[]),
        1e-5,
      );
      // Sums over all 961 values, so that no value goes unseen; the last one sees order as well.
      expect(Math.abs(sum(kernel, (v) => v) - (expected.sum[k] as number))).toBeLessThanOrEqual(1e-5);
      expect(Math.abs(sum(kernel, (v) => v * v) - (expected.square[k] as number))).toBeLessThanOrEqual(1e-5);
      expect(Math.abs(sum(kernel, (v, i) => v * i) - (expected.weighted[k] as number))).toBeLessThanOrEqual(961 * 1e-5);
    }
  });

  it("gives every value of OpenCV's formula within 1e-6, for a phase that shows the direction of the axes", () => {
    const { data } = gaborKernels(variants.phase);
    [4, 10, 20].forEach((wavelength, w) => {
      for (let k = 0; k < 8; k++) {
        const start = (k * 3 + w) * 961;
        const kernel = data.subarray(start, start + 961);
        expect(largestDifference(kernel, openCvKernel((k * Math.PI) / 8, wavelength, 0.7))).toBeLessThanOrEqual(1e-6);
      }
    });
  });

  it("answers a flat region with 0 when compensated, with 80 at the longest wavelength when raw", () => {
    const { data } = gaborKernels();
    for (let k = 0; k < 24; k++) expect(Math.abs(sum(data.subarray(k * 961, (k + 1) * 961), (v) => v))).toBeLessThan(1e-6);
    expect(sum(gaborKernels(variants.raw).data.subarray(2 * 961, 3 * 961), (v) => v)).toBeCloseTo(80, -1);
  });

  it("refuses an even size and an unknown option by name", () => {
    expect(() => gaborKernels({ kernelSize: 30 })).toThrowError(expect.objectContaining({ code: "ACINUS_CONFIG" }));
    expect(() => gaborKernels({ wavelength: [4] } as EdgeConfig)).toThrowError(/wavelengths/);
  });
});

describe("gaborEdges", () => {
  it.each(Object.keys(reference.maps))("gives OpenCV's edge map of a %s image within 1e-5", (size) => {
    const [height, width] = size.split("x").map(Number) as [number, number];
    const map = gaborEdges(scene(height, width), height, width);
    within(
      "edge map of drawn images, one pixel to 48×56, against OpenCV",
      largestDifference(map, reference.maps[size] as number[]),
      1e-5,
    );
  });

  it.each(Object.keys(reference.photographs))("gives OpenCV's edge map of a photograph within 1e-5: %s", async (name) => {
    const file = fileURLToPath(new URL(`../fixtures/image/${name}.png`, import.meta.url));
    const { data, height, width } = await decodeImage(file);
    const third = gaborEdges(data, height, width).filter((_, i) => Math.floor(i / width) % 3 === 0 && (i % width) % 3 === 0);
    within("edge map of photographs against OpenCV", largestDifference(third, reference.photographs[name] as number[]), 1e-5);
  });

  it("gives OpenCV's map for kernels without compensation within 1e-5", () => {
    const map = gaborEdges(scene(33, 31), 33, 31, { dcCompensation: false });
    expect(largestDifference(map, reference.rawMap)).toBeLessThanOrEqual(1e-5);
  });

  it("reaches both 0 and 1 on an image with edges", () => {
    const map = gaborEdges(scene(48, 56), 48, 56);
    expect([Math.min(...map), Math.max(...map)]).toEqual([0, 1]);
  });

  it.each([
    [1, 1],
    [7, 40],
    [64, 64],
  ])("is 0 everywhere on a constant %i×%i image, whatever its colour and the kernels", (height, width) => {
    for (const grey of [0, 77, 255]) {
      for (const options of Object.values(variants)) {
        const map = gaborEdges(new Uint8Array(height * width * 3).fill(grey), height, width, options);
        expect(map.every((value) => value === 0)).toBe(true);
      }
    }
  });

  it("sees a single grey level of difference", () => {
    const rgb = new Uint8Array(64 * 64 * 3).fill(10);
    for (let i = 0; i < rgb.length; i++) if (i % (64 * 3) >= 32 * 3) rgb[i] = 11;
    expect(Math.max(...gaborEdges(rgb, 64, 64))).toBe(1);
  });

  it("is as exact where all contrast is one or two bright grey levels", () => {
    const [height, width] = [40, 44];
    const level = [
      (x: number, y: number) => 195 + (x % 2) + (y % 2),
      (x: number, y: number) => 254 + Number(x === 20 && y === 11),
    ];
    for (const grey of level) {
      const rgb = Uint8Array.from({ length: height * width * 3 }, (_, i) =>
        grey(Math.floor(i / 3) % width, Math.floor(i / 3 / width)),
      );
      expect(largestDifference(gaborEdges(rgb, height, width), plainEdges(rgb, height, width))).toBeLessThanOrEqual(1e-5);
    }
  });

  it("names the lengths when they do not fit", () => {
    const tooShort = () => gaborEdges(new Uint8Array(10), 2, 2);
    expect(tooShort).toThrowError(expect.objectContaining({ code: "ACINUS_INVALID_ARGUMENT" }));
    expect(tooShort).toThrowError(/10 values.*12/);
    expect(() => gaborEdges(new Uint8Array(0), 0, 4)).toThrowError(/[Hh]eight is 0/);
  });
});

describe("networkInput", () => {
  it("is ImageNet-normalised RGB within 1e-6, and the edge channel as is", () => {
    const rgb = scene(12, 20);
    const { data, shape } = networkInput(rgb, 12, 20);
    expect(shape).toEqual([1, 4, 12, 20]);
    const [mean, std] = [
      [0.485, 0.456, 0.406],
      [0.229, 0.224, 0.225],
    ] as [number[], number[]];
    const expected = Array.from({ length: 3 * 240 }, (_, i) => {
      const c = Math.floor(i / 240);
      return ((rgb[(i % 240) * 3 + c] as number) / 255 - (mean[c] as number)) / (std[c] as number);
    });
    expect(largestDifference(data.subarray(0, 720), expected)).toBeLessThanOrEqual(1e-6);
    expect(data.subarray(720)).toEqual(gaborEdges(rgb, 12, 20));
    expect(networkInput(rgb, 12, 20, { channels: 3 }).data).toEqual(data.subarray(0, 720));
  });
});

/** The edge map of an image in greys, pixel by pixel in float64. */
function plainEdges(rgb: Uint8Array, height: number, width: number): Float64Array {
  const kernels = Array.from({ length: 24 }, (_, k) =>
    compensated((Math.floor(k / 3) * Math.PI) / 8, [4, 10, 20][k % 3] as number),
  );
  const mirror = (at: number, size: number) => (at < 0 ? -at : at >= size ? 2 * (size - 1) - at : at);
  const map = Float64Array.from({ length: height * width }, (_, i) => {
    const [y, x] = [Math.floor(i / width), i % width];
    const patch = Float64Array.from({ length: 961 }, (_, tap) => {
      const [row, column] = [mirror(y + Math.floor(tap / 31) - 15, height), mirror(x + (tap % 31) - 15, width)];
      return (rgb[(row * width + column) * 3] as number) / 255;
    });
    return Math.max(
      0,
      ...kernels.map((kernel) => patch.reduce((total, value, tap) => total + value * (kernel[tap] as number), 0)),
    );
  });
  const [low, high] = [Math.min(...map), Math.max(...map)];
  return map.map((value) => (value - low) / (high - low));
}

/** A kernel that answers 0 to a flat region, of L1 norm 1. */
function compensated(theta: number, wavelength: number): Float64Array {
  const total = (values: Float64Array) => values.reduce((all, value) => all + value, 0);
  const kernel = openCvKernel(theta, wavelength, 0);
  const envelope = openCvKernel(theta, Number.POSITIVE_INFINITY, 0);
  const share = total(kernel) / total(envelope);
  const even = kernel.map((value, i) => value - share * (envelope[i] as number));
  return even.map((value) => value / total(even.map(Math.abs)));
}

function sum(values: Float32Array, of: (value: number, index: number) => number): number {
  return values.reduce((total, value, index) => total + of(value, index), 0);
}
