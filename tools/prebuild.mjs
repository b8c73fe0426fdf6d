/**
 * Packs the compiled addon into prebuilds/PLATFORM-ARCH with prebuildify: stripped, tagged with the libc, its record beside it, and the loader
 * in a folder of its own, because prebuildify packs the first addon that it finds.
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import prebuildify from "prebuildify";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const { built, prebuilt, recordPath } = await import(pathToFileURL(join(root, "dist", "lib", "addon", "addon-files.js")).href);

if (process.argv[2] === "compile") {
  const { progressLine, setup } = await import(pathToFileURL(join(root, "dist", "lib", "setup", "index.js")).href);
  const { listen, finish } = progressLine();
  await setup({ onProgress: listen });
  finish();
} else {
  const target = prebuilt();
  rmSync(dirname(target.addon), { recursive: true, force: true });
  // prebuildify calls node-gyp with arguments of its own; behind them stands our build.
  const nodeGyp = `"${process.execPath}" "${fileURLToPath(import.meta.url)}" compile --`;
  const options = {
    cwd: root,
    name: "acinus",
    targets: [process.versions.node],
    napi: true,
    strip: true,
    tagLibc: true,
    nodeGyp,
    shell: true,
  };
  await promisify(prebuildify)(options);
  const source = built();
  mkdirSync(dirname(target.loader), { recursive: true });
  copyFileSync(source.loader, target.loader);
  if (process.platform !== "win32") spawnSync("strip", [target.loader], { stdio: "inherit" });
  copyFileSync(recordPath(source), recordPath(target));
  process.stdout.write(`${target.addon}\n`);
}
