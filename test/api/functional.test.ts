import { describe, expect, it } from "vitest";
import * as functional from "../../lib/functional/index.js";
import {
  between,
  type Call,
  faults,
  isFlag,
  isNumbers,
  isPlain,
  oneOf,
  only,
  optional,
  options,
  takes,
  whole,
  works,
} from "./wrong.js";

const rgb = () => new Uint8Array(4 * 5 * 3);
const mask = () => new Uint8Array(20);
const size = [only("height", 4), only("width", 5)];
const atLeast = (low: number) => optional(between(low, Number.MAX_VALUE));
const share = optional(between(0, 1));
const edges = { orientations: optional(whole(1)), dcCompensation: optional(isFlag), sigma: atLeast(Number.MIN_VALUE) };
const augmentation = { enabled: optional(isFlag), horizontalFlip: share, elastic: share };
const key = takes("key", { seed: 1 }, isPlain);
const field = [only("image", new Float32Array(60)), only("shape", [3, 4, 5]), only("field", new Float32Array(40))];
const [transform] = functional.dihedralTransforms as [functional.TestTimeTransform];
const turned = [only("image", new Float32Array(20)), only("shape", [4, 5])];

const terms = {
  diceLoss: functional.diceLoss,
  bceLoss: functional.bceLoss,
  tverskyLoss: functional.tverskyLoss,
  focalLoss: functional.focalLoss,
  boundaryLoss: functional.boundaryLoss,
};

const calls: Call[] = [
  {
    name: "augment",
    call: functional.augment,
    args: [only("image", rgb()), only("mask", mask()), { ...only("where", { height: 4, width: 5 }), otherwise: "height" }],
  },
  { name: "augmentDecisions", call: functional.augmentDecisions, args: [key, options(augmentation, {}, "augment")] },
  {
    name: "displacementField",
    call: functional.displacementField,
    args: [...size, key, options(augmentation, {}, "augment")],
  },
  {
    name: "remap",
    call: functional.remap,
    args: [...field, takes("interpolation", "nearest", optional(oneOf("bilinear", "nearest")))],
  },
  { name: "gaborEdges", call: functional.gaborEdges, args: [only("rgb", rgb()), ...size, options(edges, {}, "edges")] },
  {
    name: "denseCrf",
    call: functional.denseCrf,
    args: [
      only("probability", new Float32Array(20)),
      only("rgb", rgb()),
      ...size,
      options({ iterations: optional(whole(1)), bilateralWidth: optional(between(0.5, 1)) }, {}, "crf"),
    ],
  },
  { name: "gaborKernels", call: functional.gaborKernels, args: [options(edges, {}, "edges")] },
  {
    name: "networkInput",
    call: functional.networkInput,
    args: [only("rgb", rgb()), ...size, options({ channels: optional(oneOf(3, 4)), edges: optional(isPlain) })],
  },
  {
    name: "stabilizedLoss",
    call: functional.stabilizedLoss,
    args: [
      only("logits", new Float32Array(20)),
      only("target", mask()),
      options({ shape: optional(() => false), dice: optional(between(0, 1000)) }, { shape: [1, 1, 4, 5] }),
    ],
  },
  ...Object.entries(terms).map(([name, call]) => ({
    name,
    call,
    args: [
      only("logits", new Float32Array(20)),
      only("target", mask()),
      options({ shape: optional(() => false), smooth: atLeast(0) }, { shape: [1, 1, 4, 5] }),
    ],
  })),
  {
    name: "signedDistanceMap",
    call: functional.signedDistanceMap,
    args: [only("masks", mask()), only("shape", [1, 1, 4, 5])],
  },
  {
    name: "complexityWeight",
    call: functional.complexityWeight,
    args: [
      {
        ...only("statistics", {
          ...{ area: 9, perimeter: 8, components: 1, smallestComponent: 9 },
          ...{ pixels: 64, boundaryExcess: 0, smallestWhole: 9 },
        }),
        otherwise: "statistics",
      },
      options({ cellWeight: atLeast(0) }, {}, "complexity"),
    ],
  },
  { name: "connectedComponents", call: functional.connectedComponents, args: [only("mask", mask()), ...size] },
  { name: "distanceTransform", call: functional.distanceTransform, args: [only("mask", mask()), ...size] },
  { name: "maskStatistics", call: functional.maskStatistics, args: [only("mask", mask()), ...size] },
  {
    name: "metrics",
    call: functional.metrics,
    args: [
      ...[
        only("prediction", mask()),
        only("truth", mask()),
        ...size,
        takes(
          "rgb",
          rgb(),
          optional(() => false),
        ),
      ],
      options({ emptyPolicy: optional(oneOf(0, 1, "undefined")) }, {}, "metrics"),
    ],
  },
  {
    name: "dropConnectMask",
    call: functional.dropConnectMask,
    args: [{ ...only("where", { block: 1, batch: 2, probability: 0.5 }), otherwise: "block" }],
  },
  {
    name: "oneCycle",
    call: functional.oneCycle,
    args: [only("step", 1), { ...only("options", { totalSteps: 5 }), otherwise: "totalSteps" }],
  },
  {
    name: "outlierTest",
    call: functional.outlierTest,
    args: [
      takes("history", [1, 2, 3], isNumbers),
      takes("value", 2, (value) => typeof value === "number"),
      options({ outlierWindow: optional(whole(1)) }, {}, "outlierTest"),
    ],
  },
  {
    name: "validationTrace",
    call: functional.validationTrace,
    args: [takes("values", [1, 2], isNumbers), options({ every: optional(whole(1)) }, {}, "monitor")],
  },
  { name: "a transform's apply", call: transform.apply, args: turned },
  { name: "a transform's invert", call: transform.invert, args: turned },
];

describe("acinus/functional", () => {
  it("is all in the table", () => {
    const functions = Object.entries(functional).flatMap(([name, value]) => (typeof value === "function" ? [name] : []));
    expect(functions.filter((name) => !calls.some((one) => one.name === name))).toEqual([]);
  });

  it.each(calls.map((one) => [one.name, one] as const))("%s refuses every wrong argument by its name", async (_, one) => {
    await works(one);
    expect(await faults(one)).toEqual([]);
  });

  it("names each wrong value inside of an object", () => {
    for (const [name, value] of [
      ["block", -1],
      ["batch", 0.5],
      ["probability", Number.NaN],
      ["seed", "1"],
    ] as const) {
      const where = { block: 1, batch: 2, probability: 0.5, [name]: value };
      expect(() => functional.dropConnectMask(where), name).toThrow(new RegExp(`^${name}`, "i"));
    }
    for (const [name, value] of [
      ["area", -1],
      ["perimeter", "8"],
      ["components", null],
      ["smallestComponent", 1n],
      ["pixels", 8],
      ["boundaryExcess", Number.NaN],
      ["smallestWhole", -1],
    ] as const) {
      const right = {
        area: 9,
        perimeter: 8,
        components: 1,
        smallestComponent: 9,
        pixels: 64,
        boundaryExcess: 0,
        smallestWhole: 9,
      };
      const statistics = { ...right, [name]: value };
      expect(() => functional.complexityWeight(statistics as never), name).toThrow(`Statistics.${name}`);
    }
    for (const name of ["seed", "epoch", "index"]) {
      expect(() => functional.augmentDecisions({ [name]: -1 }), name).toThrow(new RegExp(`^${name}`, "i"));
    }
  });
});
