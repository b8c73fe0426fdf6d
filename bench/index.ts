/** What `acinus bench` needs. */
export { describeMachine } from "./machine.js";
export { machineText, rowText, tableText } from "./report.js";
export { allRows } from "./rows.js";
export { profileBench, runBench } from "./run.js";
export { runQuality } from "./run-quality.js";
