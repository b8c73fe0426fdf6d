import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The package's root, both from lib/ (tests) and dist/lib/ (compiled). */
export function packageRoot(): string {
  const here = fileURLToPath(new URL("../../", import.meta.url));
  return /[/\\]dist[/\\]$/.test(here) ? here.slice(0, -"dist/".length) : here;
}

/** Where LibTorch is kept between projects: `ACINUS_CACHE`, otherwise the platform's folder for caches. */
export function cacheFolder(environment = process.env, platform = process.platform): string {
  if (environment.ACINUS_CACHE) return environment.ACINUS_CACHE;
  if (environment.XDG_CACHE_HOME) return join(environment.XDG_CACHE_HOME, "acinus");
  if (platform === "win32") return join(environment.LOCALAPPDATA ?? join(homedir(), "AppData", "Local"), "acinus", "Cache");
  if (platform === "darwin") return join(homedir(), "Library", "Caches", "acinus");
  return join(homedir(), ".cache", "acinus");
}

/** The folder cmake builds into; `ACINUS_BUILD` names another one (a sanitizer build). */
export function buildFolder(): string {
  return process.env.ACINUS_BUILD || join(packageRoot(), "build");
}

/** The command that mends a missing or unfit LibTorch or addon: a clone has npm scripts, an installed package has npx. */
export function setupCommand(): string {
  return existsSync(join(packageRoot(), "bin", "bootstrap.mjs")) ? "npm run setup" : "npx acinus setup";
}

/** `torch_cpu` → `libtorch_cpu.so`, `libtorch_cpu.dylib` or `torch_cpu.dll`. */
export function libraryFile(name: string, platform = process.platform): string {
  if (platform === "win32") return `${name}.dll`;
  return `lib${name}.${platform === "darwin" ? "dylib" : "so"}`;
}
