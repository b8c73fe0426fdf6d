export { progressLine } from "./progress-line.js";
export { setup } from "./setup.js";
export type * from "./types.js";
