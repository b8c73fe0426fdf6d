/**
 * Reads all C++ sources with clang, without generating code: `node tools/clang-check.mjs` after a build. The addon is built with
 * g++; this shows that clang accepts the same sources with the same warnings as errors. CLANGXX names another clang++.
 */
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const compiler = process.env.CLANGXX ?? "clang++";
/** @type {{ command: string, file: string, directory: string }[]} */
const commands = JSON.parse(readFileSync(join(root, "build", "compile_commands.json"), "utf8"));
const valued = new Set(["-o", "-c", "-x"]); // options that are dropped with their value
const dropped = new Set(["-Winvalid-pch", "-Werror"]);
const temporary = mkdtempSync(join(tmpdir(), "acinus-clang-"));
try {
  process.exitCode = await checkAll();
} finally {
  rmSync(temporary, { recursive: true, force: true });
}

async function checkAll() {
  if (spawnSync(compiler, ["--version"]).error) {
    process.stderr.write(`${compiler} is not installed; set CLANGXX to a clang++ of version 14 or newer.\n`);
    return 1;
  }
  const headers = commands.filter(({ file }) => file.endsWith("cmake_pch.hxx.cxx"));
  const precompiled = new Map();
  for (const [index, { command, file, directory }] of headers.entries()) {
    const output = join(temporary, `${index}.pch`);
    const source = file.replace(/\.cxx$/, "");
    precompiled.set(source, output);
    const words = wordsOf(command).filter((word, at, all) => word !== "-include-pch" && all[at - 1] !== "-include-pch");
    if (
      (await run(
        [...words, "-Wno-pragma-system-header-outside-header", "-x", "c++-header", source, "-o", output],
        directory,
      )) !== 0
    )
      return 1;
  }
  const waiting = commands.filter((entry) => !headers.includes(entry));
  let failed = 0;
  const worker = async () => {
    for (let entry = waiting.shift(); entry; entry = waiting.shift()) {
      const words = wordsOf(entry.command).map((word, at, all) =>
        all[at - 1] === "-include-pch" ? (precompiled.get(word) ?? word) : word,
      );
      if ((await run([...words, "-fsyntax-only", entry.file], entry.directory)) !== 0) failed++;
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  process.stdout.write(`${commands.length - headers.length - failed} sources accepted by ${compiler}, ${failed} refused\n`);
  return failed === 0 ? 0 : 1;
}

/**
 * The options of a compile command of g++ as clang knows them, without compiler, source and output.
 * @param {string} command
 */
function wordsOf(command) {
  const given = command.replaceAll('\\"', '"').split(" ");
  const words = given
    .slice(given.findIndex((word) => word.startsWith("-")))
    .filter((word, at, all) => word !== "" && !dropped.has(word) && !valued.has(word) && !valued.has(all[at - 1] ?? ""))
    .map((word) => (word === "-include" ? "-include-pch" : word));
  return [...words, "-Werror"];
}

/** @param {string[]} words @param {string} directory @returns {Promise<number>} */
function run(words, directory) {
  return new Promise((resolve) => {
    spawn(compiler, words, { cwd: directory, stdio: "inherit" }).on("close", (code) => resolve(code ?? 1));
  });
}
