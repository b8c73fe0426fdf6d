/** The only file that loads the addon. */
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { NativeAddon } from "./contract.js";

const require = createRequire(import.meta.url);
let addon: NativeAddon | undefined;

/** The native addon, loaded at first use. LibTorch is opened before it, from wherever it is. */
export function native(): NativeAddon {
  if (addon) return addon;
  const root = projectRoot();
  const torch = `${process.env.LIBTORCH}/lib`;
  const loader = require(`${root}build/loader/acinus_loader.node`) as { open(path: string): void };
  for (const library of ["libc10.so", "libtorch_cpu.so"]) loader.open(`${torch}/${library}`);
  const loaded = require(`${root}build/Release/acinus.node`) as NativeAddon;
  // Cleanup hooks do not run at process.exit of the main thread; a training thread alive at exit crashes Node.
  process.on("exit", () => loaded.stopAll());
  addon = loaded;
  return loaded;
}

/** The package's root, both from lib/ (tests) and dist/lib/ (installed). */
function projectRoot(): string {
  const here = fileURLToPath(new URL("../../", import.meta.url));
  return here.endsWith("/dist/") ? here.slice(0, -"dist/".length) : here;
}
