/** What a network costs. */
import type { NativePlan } from "../addon/contract.js";
import { segmenterHandle } from "../addon/handles.js";
import { call } from "../addon/job.js";
import type { ImageSize } from "../dataset/types.js";
import type { Model } from "../model/model.js";

/**
 * Multiplications with an addition in the convolutions of one pass over an image, one flop each two; null for a network whose layers are not
 * listed.
 */
export function multiplyAdds(model: Model, size: ImageSize): number | null {
  try {
    return countedIn(
      call(() => model[segmenterHandle].plan()),
      size,
    );
  } catch {
    return null; // a network without a plan
  }
}

export function countedIn({ layers }: Pick<NativePlan, "layers">, image: ImageSize): number {
  const sizes: ImageSize[] = [];
  let total = 0;
  for (const layer of layers) {
    const [first, second] = layer.inputs.map((at) => sizes[at] as ImageSize);
    const size = sizeOf(layer, first ?? image, second);
    sizes.push(size);
    if (layer.kind !== "convolution") continue;
    const [outputs, inputs, height, width] = layer.convolution.shape;
    total += outputs * inputs * height * width * size.height * size.width;
  }
  return total;
}

function sizeOf(layer: NativePlan["layers"][number], { height, width }: ImageSize, second: ImageSize | undefined): ImageSize {
  switch (layer.kind) {
    case "pad": {
      const padded = (side: number) => Math.ceil(side / layer.multiple) * layer.multiple;
      return { height: padded(height), width: padded(width) };
    }
    case "convolution": {
      const { shape, stride, pads } = layer.convolution;
      const side = (length: number, kernel: number, padding: number) => Math.floor((length + padding - kernel) / stride) + 1;
      return { height: side(height, shape[2], pads[0] + pads[2]), width: side(width, shape[3], pads[1] + pads[3]) };
    }
    case "mean":
      return { height: 1, width: 1 };
    case "upsample":
      return { height: 2 * height, width: 2 * width };
    case "crop":
      return second ?? { height, width };
    case "multiply": // of a map with a factor for each channel, in either order
      return second && second.height > height ? second : { height, width };
    default:
      return { height, width };
  }
}
