/** The command that installs what a machine lacks. */
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

export function onPath(executable: string): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => folder !== "" && existsSync(join(folder, executable)));
}
