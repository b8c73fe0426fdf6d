/** Writes the start weights of both sides: ENCODER SEED FILE. */
import { openModel } from "./network.js";

const [encoder = "", seed, file = ""] = process.argv.slice(2);
using model = await openModel({ encoder, weights: "", seed: Number(seed) });
await model.save(file);
