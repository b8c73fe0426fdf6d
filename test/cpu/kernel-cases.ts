/** The fast CPU operations beside their plain LibTorch versions, on random input of odd and even sizes; one file for each instruction set. */
import { expect, it } from "vitest";
import type { KernelCase } from "../../lib/addon/contract.js";
import { native } from "../../lib/addon/load.js";

const sizes = [
  { images: 1, height: 1, width: 1 },
  { images: 2, height: 7, width: 5 },
  { images: 3, height: 16, width: 33 },
  { images: 1, height: 41, width: 40 },
];
/** Below, at and above the width of a vector, and no multiples of it. */
const widths = [1, 3, 8, 16, 24, 40, 67, 96];
const normed = [
  "batch_norm",
  "batch_norm_relu",
  "batch_norm_silu",
  "batch_norm_add",
  "squeeze_excite_conv1x1",
  "batch_norm_relu_scse",
  "gated",
];
const prepared = ["conv1x1_batch_norm_relu_add", "conv3x3_batch_norm_relu_add", "upsample_conv3x3_batch_norm_relu"];
const dense = [...prepared, "conv1x1", "conv3x3", "upsample_conv3x3"];
const convolutions = ["depthwise_conv2d", "batch_norm_silu_depthwise_conv2d", "bottleneck", "batch_norm_silu_bottleneck"];
/** From one number of channels to another. */
const expansions = [
  [3, 1],
  [4, 16],
  [13, 24],
  [19, 40],
  [40, 19],
  [96, 67],
  [208, 131],
  [330, 112],
];

/** Few channels on one side, and with stride 1 on either. */
const narrow = [
  [1, 19],
  [2, 40],
  [3, 32],
  [4, 16],
  [16, 1],
  [67, 2],
  [19, 7],
];

function cases(): Omit<KernelCase, "bfloat16" | "seed">[] {
  const out: Omit<KernelCase, "bfloat16" | "seed">[] = [];
  const plain = { kernel: 3, stride: 1, flat: false };
  for (const size of sizes) {
    for (const [k, channels] of widths.entries()) {
      for (const operation of normed) out.push({ operation, ...size, ...plain, channels: [channels], training: k % 4 !== 3 });
    }
    for (const channels of expansions) {
      for (const operation of dense) out.push({ operation, ...size, ...plain, channels, training: false });
    }
    for (const training of [true, false])
      for (const images of [1, 2, 5, 8])
        out.push({ operation: "stabilized_loss", ...size, ...plain, images, channels: [1], training });
    for (const channels of widths) out.push({ operation: "adamw", ...size, ...plain, channels: [channels], training: false });
    const groups = [[5], [16, 16], [24, 3, 40], [8, 1, 7, 33]];
    for (const channels of groups) out.push({ operation: "upsample_cat_scse", ...size, ...plain, channels, training: true });
    for (const kernel of [3, 5]) {
      for (const stride of [1, 2]) {
        for (const channels of expansions)
          out.push({ operation: "expanded_bottleneck", ...size, kernel, stride, channels, training: false, flat: false });
        for (const channels of narrow) {
          const [from = 0, to = 0] = channels.map((count) => (kernel * kernel * count <= 64 ? 1 : 0));
          if (from + (stride === 1 ? to : 0) > 0)
            out.push({ operation: "patch_conv2d", ...size, kernel, stride, channels, training: false, flat: false });
        }
        for (const channels of [3, 16, 40, 67]) {
          for (const operation of convolutions)
            out.push({ operation, ...size, kernel, stride, channels: [channels], training: channels !== 40, flat: false });
          // The statistics that come with a convolution, on which the next norm relies.
          if (Math.min(size.height, size.width) < kernel) continue;
          out.push({
            operation: "depthwise_conv2d",
            ...size,
            kernel,
            stride,
            channels: [channels],
            training: true,
            flat: true,
          });
        }
      }
    }
  }
  // One pixel of one image has no variance to train on, and no output under a kernel wider than its padding.
  return out.filter(({ height, width, images, operation, training, stride }) => {
    if (height * width * images > 1) return true;
    if (operation === "depthwise_conv2d") return stride === 1;
    return stride === 1 && !training;
  });
}

const exact = ["symmetric_pairs"];
const images = ["gabor_response", "smoothed", "remap_bilinear", "remap_nearest", "transform", ...exact];

/**
 * Images smaller and larger than the kernels, widths that are no whole vectors, one to four wavelengths; the tall ones take
 * every length of the edge map's transforms, and squares alone are turned by 90°.
 */
function imageCases(operation: string): Omit<KernelCase, "seed">[] {
  const plain = { operation, stride: 1, flat: false, bfloat16: false, training: false };
  const tall = [101, 150, 200, 256, 300].map((height) => ({ images: 1, height, width: 21 }));
  const squares = [6, 37, 80].map((side) => ({ images: 1, height: side, width: side }));
  const wide = [
    { images: 2, height: 67, width: 131 },
    { images: 1, height: 3, width: 300 },
  ];
  const shapes = [...sizes, ...wide, ...tall, ...squares];
  return shapes.flatMap((size) =>
    [1, 3, 31, 63].flatMap((kernel) => [1, 2, 3, 4].map((count) => ({ ...plain, ...size, kernel, channels: [count] }))),
  );
}

function compareImageKernels(isa: string): void {
  it.each(images)(`%s on ${isa} agrees with its plain version`, (operation) => {
    expect(native().functional.kernelIsa()).toBe(isa);
    const seed = Math.floor(Math.random() * 2 ** 31);
    const wrong: string[] = [];
    // A coordinate of some hundred pixels in float32 is known to 3e-5 px; elsewhere sums of up to 4000 terms are rounded.
    const fetched = ["remap_bilinear", "transform"].includes(operation);
    const tolerance = exact.includes(operation) ? 0 : fetched ? 2e-4 : 5e-6;
    let compared = 0;
    for (const request of imageCases(operation)) {
      const differences = native().functional.compareKernels({ ...request, seed });
      if (differences.length > 0) compared++;
      for (const { name, difference, scale } of differences) {
        if (!(difference <= tolerance * Math.max(scale, 1)))
          wrong.push(`${name}: ${difference} of ${scale} in ${JSON.stringify({ ...request, seed })}`);
      }
    }
    expect(compared).toBe(224);
    expect(wrong).toEqual([]);
  });
}

export function compareKernels(isa: string): void {
  compareImageKernels(isa);
  // Sums of a thousand terms in float32; the bfloat16 of inputs and results has 8 bits.
  const types = [
    ["float32", 3e-5],
    ["bfloat16", 1.6e-2],
  ] as const;
  const operations = [...normed, "upsample_cat_scse", ...dense, ...convolutions, "expanded_bottleneck", "patch_conv2d"];
  const comparisons = [
    ...operations.flatMap((operation) => types.map((type) => [operation, ...type] as const)),
    // Some roundings of values near 1: the worst of 2,000 cases was a quarter of that.
    ["adamw", "float32", 1e-6] as const,
    ["stabilized_loss", "float32", 1e-6] as const,
  ];
  it.each(comparisons)(`%s on ${isa} agrees with LibTorch's in float64: %s`, (operation, type, tolerance) => {
    expect(native().functional.kernelIsa()).toBe(isa);
    const seed = Math.floor(Math.random() * 2 ** 31);
    const wrong: string[] = [];
    let compared = 0;
    for (const request of cases().filter((one) => one.operation === operation)) {
      for (const { name, difference, scale } of native().functional.compareKernels({
        ...request,
        bfloat16: type === "bfloat16",
        seed,
      })) {
        compared++;
        // A gradient that cancels to nothing is compared with the size of what cancelled: 1 of an activation, and of a parameter,
        // which sums over pixels that are each rounded their own way, the walk of so many steps. In float32 a step is a sixteenth:
        // the worst of 7,000 cases was half of that.
        const summed = /^gradient of (?!.*(input|residual|skip))/.test(name);
        const walk = Math.sqrt(request.images * request.height * request.width) * (type === "bfloat16" ? 1 : 1 / 16);
        const size = summed ? Math.max(1, walk) : 1;
        // NaN is wrong too.
        if (!(difference <= tolerance * Math.max(scale, size)))
          wrong.push(`${name}: ${difference} of ${scale} in ${JSON.stringify({ ...request, seed })}`);
      }
    }
    expect(compared).toBeGreaterThan(15);
    expect(wrong).toEqual([]);
  });
}
