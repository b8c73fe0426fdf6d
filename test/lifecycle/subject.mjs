/**
 * A process that ends in the middle of native work: node subject.mjs WORK ENDING DATA. WORK is train, evaluate, predict, build, or a training
 * that waits for a loss of its own: "silent loss", which never answers, or "endless loss", which never gives the event loop back. What
 * ENDING does is said at each one. Prints "working" once the work is under way.
 */
import { setImmediate } from "node:timers/promises";
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { segmenterHandle } from "../../dist/lib/addon/handles.js";
import { native } from "../../dist/lib/addon/load.js";
import { Dataset, Evaluator, Model, Predictor, Trainer } from "../../dist/lib/index.js";

const [work = "", ending = "", data = ""] = process.argv.slice(2);

/**
 * Does the work; calls `underWay` when the first part of it is done and the next one has begun.
 * @param {(model?: Model) => void} underWay
 */
async function begin(underWay) {
  native().setThreads(1);
  const building = Model.create({ encoder: "efficientnet-b0", seed: 1 });
  if (work === "build") underWay();
  const model = await building;
  if (work === "build") return;
  let called = false;
  const once = () => {
    if (!called) underWay(model);
    called = true;
  };
  const set = await Dataset.open(data);
  if (work === "train" || work.endsWith("loss")) {
    const { train, validation } = set.split({ validation: 0.5, seed: 1 });
    const epochs = ending === "natural" ? 1 : 1000;
    const loss = () => {
      once();
      while (work === "endless loss");
      return new Promise(() => {});
    };
    const own = work === "train" ? {} : { loss };
    const trainer = new Trainer(model, { train, validation, epochs, device: "cpu", batch: 2, ...own });
    await trainer.fit({ onEvent: ({ type }) => type === "step" && once() });
  } else if (work === "evaluate") {
    await new Evaluator(model, { tta: true, batch: 1 }).evaluate(set, { onProgress: once });
  } else {
    for (;;)
      await new Predictor(model, { tta: true, tile: 64, batch: 1 }).predict(set.files[0]?.image ?? "", { onProgress: once });
  }
}

/** @type {Record<string, () => Promise<void>>} */
const endings = {
  /** process.exit(3). */
  exit: () => begin(() => process.exit(3)),
  /** process.exit(3), with a listener that comes after ours and begins new work. */
  "work at exit": () =>
    begin((model) => {
      process.on("exit", () => {
        try {
          model?.[segmenterHandle].forward(new Float32Array(4 * 32 * 32), [1, 4, 32, 32], {
            precision: "fp32",
            prepared: true,
          });
        } catch (error) {
          console.log(/** @type {{ code: string }} */ (error).code);
        }
      });
      process.exit(3);
    }),
  /** An error that nobody catches. */
  throw: () =>
    begin(() => {
      setImmediate().then(() =>
        queueMicrotask(() => {
          throw new Error("nobody catches this");
        }),
      );
    }),
  /** A rejection that nobody handles. */
  reject: () => begin(() => Promise.reject(new Error("nobody handles this"))),
  /** The work ends, nothing is closed, and the event loop runs out. */
  natural: async () => {
    await begin(() => {});
    console.log("done");
  },
  /** worker.terminate(), several times. */
  terminate: async () => {
    for (let round = 0; round < 3; round++) {
      const worker = await workingWorker();
      for (let turn = 0; turn < 40 * round; turn++) await setImmediate();
      console.log("terminated", await worker.terminate());
    }
  },
  /** process.exit(3) in the worker, which ends the worker alone. */
  "exit in worker": async () => {
    const worker = await workingWorker();
    const code = new Promise((resolve) => worker.once("exit", resolve));
    worker.postMessage("exit");
    console.log("worker exited", await code);
  },
  /** process.exit(3) here while a worker is at work. */
  "exit beside worker": async () => {
    await workingWorker();
    process.exit(3);
  },
};

/** @returns {Promise<Worker>} A worker thread in the middle of the work. */
function workingWorker() {
  const worker = new Worker(new URL(import.meta.url), { argv: process.argv.slice(2) });
  return new Promise((resolve, reject) => {
    worker.once("message", () => resolve(worker)).once("error", reject);
  });
}

if (isMainThread) {
  endings[ending]?.();
} else {
  parentPort?.once("message", () => process.exit(3));
  begin(() => parentPort?.postMessage("working"));
}
