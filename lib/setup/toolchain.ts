/** What compiling the addon needs. */
import { spawnSync } from "node:child_process";
import { onPath, type Tool } from "../system/install-command.js";

export interface ToolReport {
  readonly tool: Tool;
  /** What was found, for example `g++ 13.3.0`; null when missing or too old. */
  readonly found: string | null;
  readonly problem: string | null;
}

/** CMake, a C++20 compiler and a build tool; Visual Studio is left for CMake to find. */
export function checkToolchain(): ToolReport[] {
  const reports = [checkCmake()];
  if (process.platform !== "win32") reports.push(checkCompiler(), checkMake());
  return reports;
}

function checkCmake(): ToolReport {
  const version = /version (\d+\.\d+\S*)/.exec(output("cmake", ["--version"]) ?? "")?.[1];
  if (!version) return { tool: "cmake", found: null, problem: "CMake is not installed" };
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const tooOld = major < 3 || (major === 3 && minor < 21);
  return { tool: "cmake", found: `cmake ${version}`, problem: tooOld ? `CMake ${version} is too old, 3.21 is needed` : null };
}

function checkCompiler(): ToolReport {
  const candidates = process.env.CXX ? [process.env.CXX] : ["c++", "g++", "clang++"];
  const command = candidates.find((candidate) => output(candidate, ["--version"]) !== null);
  if (!command)
    return { tool: "compiler", found: null, problem: `no C++ compiler is installed (tried ${candidates.join(", ")})` };
  const version = output(command, ["-dumpfullversion", "-dumpversion"])?.trim() ?? "";
  const isGcc = /Free Software Foundation/.test(output(command, ["--version"]) ?? "");
  const tooOld = isGcc && Number.parseInt(version, 10) < 11;
  return {
    tool: "compiler",
    found: `${command} ${version}`,
    problem: tooOld ? `${command} ${version} is too old, GCC 11 is needed` : null,
  };
}

function checkMake(): ToolReport {
  const found = ["ninja", "ninja-build", "make"].find(onPath) ?? null;
  return { tool: "make", found, problem: found ? null : "neither Ninja nor Make is installed" };
}

function output(command: string, args: readonly string[]): string | null {
  const { status, stdout } = spawnSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  return status === 0 ? stdout : null;
}
