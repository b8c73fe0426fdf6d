import { describe, expect, it } from "vitest";
import { type RunConfig, RunFolder } from "../../lib/run/run-folder.js";
import { rewound } from "../../lib/run/run-log.js";
import { assertSameRun } from "../../lib/run/same-run.js";

const folder = new RunFolder("runs/a/");
const checkpoint = (kind: "best" | "last", epoch: number) => ({
  ...{ type: "checkpoint", epoch, path: `runs/a/checkpoint-${kind}.safetensors`, kind },
});
const step = (at: number) => ({ type: "step", step: at, epoch: Math.floor(at / 2) });
const epoch = (at: number, best = false) => ({ type: "epoch", epoch: at, best });
const log = (...events: object[]) => events.map((event) => `${JSON.stringify(event)}\n`).join("");

/** Two epochs of two steps, the first of them the best. */
const whole = [
  ...[{ type: "start" }, step(0), step(1), epoch(0, true), checkpoint("best", 0), checkpoint("last", 1)],
  ...[
    step(2),
    { type: "skippedStep", step: 2, epoch: 1 },
    step(3),
    { type: "outlier", epoch: 1 },
    epoch(1),
    checkpoint("last", 2),
  ],
];
const first = whole.slice(0, 6);
const position = (epochs: number, batch = 0) => ({ epoch: epochs, batch, step: 2 * epochs + batch });

describe("the log of a run that goes on", () => {
  it("is cut back to its checkpoint", () => {
    expect(rewound(log(...whole), position(1), folder)).toBe(log(...first));
    expect(rewound(log(...whole), position(2), folder)).toBe(log(...whole));
    expect(rewound(log(...whole), position(1, 1), folder)).toBe(log(...whole.slice(0, 8)));
    expect(rewound(log(...whole, { type: "end" }), position(2), folder)).toBe(log(...whole));
    expect(rewound(log(...whole), position(0), folder)).toBe("");
  });

  it("keeps lines as they are, those that had terms of the loss by their former names too", () => {
    const terms = { dice: 0.5, bce: 0.7, tversky: 0.4, boundary: null, positiveWeight: 11.5 };
    const former = [{ type: "start" }, { ...step(0), loss: 0.6, terms }, { ...step(1), loss: 0.5, terms }];
    expect(rewound(log(...former), position(0, 1), folder)).toBe(log(...former.slice(0, 2)));
  });

  it("holds no trace of a stop", () => {
    const stopped = [...whole.slice(0, 8), checkpoint("last", 1), { type: "end", reason: "stopped" }];
    expect(rewound(log(...stopped), position(1, 1), folder)).toBe(log(...whole.slice(0, 8)));
    const betweenEpochs = [...first, checkpoint("last", 1), { type: "end", reason: "stopped" }];
    expect(rewound(log(...betweenEpochs), position(1), folder)).toBe(log(...first));
  });

  it("gets the lines that tell of a checkpoint when it was killed before they were written", () => {
    for (const written of [4, 5, 6]) expect(rewound(log(...whole.slice(0, written)), position(1), folder)).toBe(log(...first));
    expect(rewound(log(...whole.slice(0, 11)), position(2), folder)).toBe(log(...whole));
  });

  it("loses a line that was cut off, and nothing else", () => {
    expect(rewound(`${log(...first)}{"type":"st`, position(1), folder)).toBe(log(...first));
    expect(rewound(`${log(...first)}{"type":"st\n${log(step(2))}`, position(2), folder)).toBe(log(...first, step(2)));
  });
});

describe("what differs from the run that was stopped", () => {
  const config = {
    ...{ acinus: "0.1.0", libtorch: "2.13.0", node: "20.0.0", created: "then", device: "one", threads: 2 },
    ...{
      model: { encoder: "efficientnet-b0" },
      train: { epochs: 3, device: "cpu", loss: { smooth: 1 } },
      data: { train: { digest: "a" } },
    },
  } as unknown as RunConfig;
  const changed = (change: object) => ({ ...config, ...change }) as RunConfig;

  it("is nothing when nothing does", () => {
    expect(assertSameRun(config, changed({ created: "now" }))).toEqual([]);
  });

  it("is listed, with what it means, where it may differ", () => {
    const train = { ...config.train, epochs: 5 };
    expect(assertSameRun(config, changed({ threads: 1, libtorch: "2.14.0", train }))).toEqual([
      'libtorch was "2.13.0" and is "2.14.0" (other code may give other numbers)',
      "threads was 2 and is 1 (sums in another order round otherwise)",
      "train.epochs was 3 and is 5 (the learning rate follows the schedule of the new number from here on)",
    ]);
  });

  it("is refused where it may not, with all that differs", () => {
    const other = changed({ threads: 1, model: { encoder: "efficientnet-b1" }, data: { train: { digest: "b" } } });
    expect(() => assertSameRun(config, other)).toThrow(
      /other settings: model\.encoder was "efficientnet-b0" and is "efficientnet-b1"; data\.train\.digest was "a" and is "b"\./,
    );
  });
});
