/** Takes and frees large blocks; prints whether they were sound, and by how many bytes the process's address space grew. */
import { readFileSync } from "node:fs";
import { native } from "../../dist/lib/addon/load.js";

const size = () => 1024 * Number(/VmSize:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]);
const MiB = 2 ** 20;
const { exerciseAllocator } = native().functional;
const before = size();
const { aligned, intact } = exerciseAllocator(Float64Array.from([300 * MiB, 500 * MiB, -1, 250 * MiB, 600 * MiB]), 1);
console.log(JSON.stringify({ sound: aligned && intact, grown: size() - before }));
