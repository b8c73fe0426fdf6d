import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { decodeImage } from "../../lib/dataset/decode.js";
import { type EdgeConfig, gaborEdges, gaborKernels, networkInput } from "../../lib/functional/index.js";
import { numbers } from "../predict/pictures.js";
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

  it("with a fixed scale is the response by what a kernel answers at most, times the gain, at most 1", () => {
    const [height, width, gain] = [40, 44, 8];
    const rgb = scene(height, width);
    const most = Math.max(...bank().map((kernel) => kernel.reduce((total, value) => total + Math.max(0, value), 0)));
    const expected = responses(rgb, height, width).map((value) => Math.min(1, (gain * value) / most));
    const map = gaborEdges(rgb, height, width, { scale: "fixed", gain });
    expect(largestDifference(map, expected)).toBeLessThanOrEqual(1e-5);
    expect([Math.max(...map), Math.min(...map) < 0.5]).toEqual([1, true]);
  });

  it("with a fixed scale is the same in a tile as in the whole image, away from the tile's border", () => {
    const [size, tile, border] = [112, 64, 15];
    const rgb = scene(size, size);
    for (let y = 88; y < size; y++) rgb.fill(y % 10 < 5 ? 0 : 255, y * size * 3, (y + 1) * size * 3); // in the whole alone
    const part = new Uint8Array(tile * tile * 3);
    for (let y = 0; y < tile; y++) part.set(rgb.subarray(y * size * 3, (y * size + tile) * 3), y * tile * 3);
    const agreement = (scale: "fixed" | "image") => {
      const [whole, apart] = [gaborEdges(rgb, size, size, { scale }), gaborEdges(part, tile, tile, { scale })];
      const inner = Array.from({ length: (tile - border) ** 2 }, (_, i) => [
        Math.floor(i / (tile - border)),
        i % (tile - border),
      ]);
      const at = (map: Float32Array, row: number) => inner.map(([y = 0, x = 0]) => map[y * row + x] as number);
      return largestDifference(at(apart, tile), at(whole, size));
    };
    expect(agreement("fixed")).toBeLessThan(1e-5);
    expect(agreement("image")).toBeGreaterThan(1e-3);
  });

  it("with a fixed scale leaves an empty dark image nearly empty, whose noise otherwise fills the whole range", () => {
    const random = numbers(4);
    const rgb = Uint8Array.from({ length: 64 * 64 * 3 }, () => 3 + 3 * random());
    expect(Math.max(...gaborEdges(rgb, 64, 64))).toBe(1);
    expect(Math.max(...gaborEdges(rgb, 64, 64, { scale: "fixed" }))).toBeLessThan(0.05);
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

/** The edge map of an image in greys, scaled to its own range. */
function plainEdges(rgb: Uint8Array, height: number, width: number): Float64Array {
  const map = responses(rgb, height, width);
  const [low, high] = [Math.min(...map), Math.max(...map)];
  return map.map((value) => (value - low) / (high - low));
}

const bank = () =>
  Array.from({ length: 24 }, (_, k) => compensated((Math.floor(k / 3) * Math.PI) / 8, [4, 10, 20][k % 3] as number));

/** The strongest responses to an image, pixel by pixel in float64. */
function responses(rgb: Uint8Array, height: number, width: number): Float64Array {
  const kernels = bank();
  const luma = Float64Array.from({ length: height * width }, (_, i) => {
    const [red = 0, green = 0, blue = 0] = rgb.subarray(3 * i, 3 * i + 3);
    return (0.299 * red + 0.587 * green + 0.114 * blue) / 255;
  });
  const mirror = (at: number, size: number) => (at < 0 ? -at : at >= size ? 2 * (size - 1) - at : at);
  return Float64Array.from({ length: height * width }, (_, i) => {
    const [y, x] = [Math.floor(i / width), i % width];
    const patch = Float64Array.from({ length: 961 }, (_, tap) => {
      const [row, column] = [mirror(y + Math.floor(tap / 31) - 15, height), mirror(x + (tap % 31) - 15, width)];
      return luma[row * width + column] as number;
    });
    return Math.max(
      0,
      ...kernels.map((kernel) => patch.reduce((total, value, tap) => total + value * (kernel[tap] as number), 0)),
    );
  });
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
