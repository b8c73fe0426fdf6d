import { describe, expect, it } from "vitest";
import type { AugmentOptions } from "../../lib/addon/contract.js";
import { native } from "../../lib/addon/load.js";
import { augmentOptionsSchema } from "../../lib/config/augment.js";
import { augment } from "../../lib/functional/index.js";
import { discMask, ramp } from "../image/scene.js";
import { crop } from "../predict/pictures.js";
import { counted, expectFrequencies } from "./statistics.js";

const options = augmentOptionsSchema.parse({});
const [height, width] = [40, 56];

/** Images that differ, with masks. */
function filled(count: number, [h, w] = [height, width]) {
  const store = new (native().SampleStore)();
  const images = Array.from({ length: count }, (_, i) => ramp(h, w).map((value) => (value * (2 * i + 1) + i) % 256));
  for (const rgb of images) store.add(rgb, discMask(h, w), h, w);
  return { store, images };
}
const gather = (
  { store }: ReturnType<typeof filled>,
  indices: number[],
  { size = 0, epoch = 0, samples = [] as number[], change = null as AugmentOptions | null } = {},
) => native().functional.gather(store, Int32Array.from(indices), size, { seed: 9, epoch }, Int32Array.from(samples), change);
const planar = (rgb: Uint8Array) => Uint8Array.from([0, 1, 2].flatMap((c) => Array.from(rgb).filter((_, i) => i % 3 === c)));

describe("a batch", () => {
  it("holds the images as they are, planar, and their masks", () => {
    const set = filled(3);
    const { pixels, masks, ...size } = gather(set, [2, 0]);
    expect(size).toEqual({ height, width });
    const [second, first] = [set.images[2], set.images[0]].map((image) => Array.from(planar(image as Uint8Array)));
    expect(Array.from(pixels)).toEqual([...(second as number[]), ...(first as number[])]);
    expect(Array.from(masks)).toEqual([...discMask(height, width), ...discMask(height, width)]);
  });

  it("gives a sample the same crop and augmentation whatever else is in it", () => {
    const set = filled(6, [64, 64]);
    const [area, size] = [48 * 48, 48];
    for (const epoch of [0, 1, 2]) {
      const alone = gather(set, [3], { size, epoch, change: options });
      for (const [indices, place] of [
        [[3, 1, 0], 0],
        [[5, 4, 2, 1, 0, 3], 5],
        [[0, 3], 1],
      ] as const) {
        const together = gather(set, [...indices], { size, epoch, change: options });
        expect(together.pixels.slice(place * 3 * area, (place + 1) * 3 * area)).toEqual(alone.pixels);
        expect(together.masks.slice(place * area, (place + 1) * area)).toEqual(alone.masks);
      }
    }
  });

  it("changes a sample as augmenting it by itself does", () => {
    const set = filled(2);
    for (let sample = 0; sample < 12; sample++) {
      const { pixels, masks } = gather(set, [1], { epoch: 4, samples: [sample], change: options });
      const by = augment(set.images[1] as Uint8Array, discMask(height, width), {
        height,
        width,
        seed: 9,
        epoch: 4,
        index: sample,
      });
      expect(pixels).toEqual(planar(by.image));
      expect(masks).toEqual(by.mask);
    }
  });

  it("changes an image that is drawn twice in two ways", () => {
    const set = filled(2, [64, 64]);
    const { pixels } = gather(set, [1, 1], { size: 32, samples: [1, 3], change: options });
    expect(pixels.slice(0, 3 * 32 * 32)).not.toEqual(pixels.slice(3 * 32 * 32));
  });
});

describe("random crops", () => {
  /** Top and left of a crop, read from its first pixel: the image counts its own places. */
  function places(h: number, w: number, size: number, draws: number) {
    const store = new (native().SampleStore)();
    const image = Uint8Array.from(
      { length: h * w * 3 },
      (_, i) => [Math.floor(i / 3 / w), Math.floor(i / 3) % w, 0][i % 3] as number,
    );
    store.add(image, new Uint8Array(h * w), h, w);
    const pixels = size * size;
    return Array.from({ length: draws }, (_, sample) => {
      const found = gather({ store, images: [image] }, [0], { size, samples: [sample] }).pixels;
      return [found[0] as number, found[pixels] as number] as const;
    });
  }

  it("begin everywhere, equally often", () => {
    const found = places(37, 36, 32, 12_000); // 6 rows, 5 columns
    const counts = counted(
      found.map(([top, left]) => 5 * top + left),
      30,
    );
    expectFrequencies(counts, new Array(30).fill(1 / 30));
  });

  it("are the image itself where it has their size", () => {
    expect(new Set(places(32, 32, 32, 20).map(String))).toEqual(new Set(["0,0"]));
  });

  it("of a smaller image show the whole of it, mirrored at its borders, wherever it lies", () => {
    const [h, w, size] = [29, 30, 32];
    const set = filled(1, [h, w]);
    const expected = new Map<string, string>();
    for (let top = 0; top <= size - h; top++) {
      for (let left = 0; left <= size - w; left++) {
        const image = { data: set.images[0] as Uint8Array, height: h, width: w };
        expected.set(String(planar(crop(image, -top, -left, size, size).data)), `${top},${left}`);
      }
    }
    const seen = Array.from({ length: 200 }, (_, sample) =>
      expected.get(String(gather(set, [0], { size, samples: [sample] }).pixels)),
    );
    expect(new Set(seen)).toEqual(new Set(expected.values()));
  });
});
