/** What compiling the addon needs, and the command that installs what is missing. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

export type Tool = "python" | "pip" | "cmake" | "compiler" | "make";

interface Manager {
  readonly executable: string;
  readonly install: string;
  readonly packages: Record<Tool, string>;
}

const managers: readonly Manager[] = [
  {
    executable: "apt-get",
    install: "apt-get install -y",
    packages: { python: "python3 python3-pip", pip: "python3-pip", cmake: "cmake", compiler: "g++", make: "ninja-build" },
  },
  {
    executable: "dnf",
    install: "dnf install -y",
    packages: { python: "python3 python3-pip", pip: "python3-pip", cmake: "cmake", compiler: "gcc-c++", make: "ninja-build" },
  },
  {
    executable: "pacman",
    install: "pacman -S --noconfirm",
    packages: { python: "python python-pip", pip: "python-pip", cmake: "cmake", compiler: "gcc", make: "ninja" },
  },
  {
    executable: "zypper",
    install: "zypper install -y",
    packages: { python: "python3 python3-pip", pip: "python3-pip", cmake: "cmake", compiler: "gcc-c++", make: "ninja" },
  },
  {
    executable: "brew",
    install: "brew install",
    packages: { python: "python", pip: "python", cmake: "cmake", compiler: "llvm", make: "ninja" },
  },
];

/** The command that installs `tool` on this machine. */
export function installCommand(tool: Tool, python = "python3"): string {
  if (process.platform === "win32") return windowsCommand(tool, python);
  if (process.platform === "darwin" && tool === "compiler") return "xcode-select --install";
  const manager = managers.find(({ executable }) => onPath(executable));
  if (!manager)
    return tool === "pip"
      ? `${python} -m ensurepip --upgrade`
      : `your package manager (package ${tool === "compiler" ? "g++" : tool})`;
  const asRoot = manager.executable === "brew" || process.getuid?.() === 0 ? "" : "sudo ";
  return `${asRoot}${manager.install} ${manager.packages[tool]}`;
}

function windowsCommand(tool: Tool, python: string): string {
  if (tool === "pip") return `${python} -m ensurepip --upgrade`;
  const ids = {
    python: "Python.Python.3.13",
    cmake: "Kitware.CMake",
    compiler: "Microsoft.VisualStudio.2022.BuildTools",
    make: "Ninja-build.Ninja",
  };
  return `winget install ${ids[tool]}`;
}

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

export function onPath(executable: string): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => folder !== "" && existsSync(join(folder, executable)));
}

function output(command: string, args: readonly string[]): string | null {
  const { status, stdout } = spawnSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  return status === 0 ? stdout : null;
}
