/** `acinus synth`: a small data set of synthetic nuclei, made for trying things out. Reproducible bit for bit from its options. */
import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AcinusError, ConfigError } from "../errors.js";
import { inOrder } from "../system/concurrency.js";
import { loadSharp } from "../system/image-library.js";
import { Random } from "../system/random.js";
import { drawTile, type Tile, type TileStyle } from "./tile.js";

export interface SynthesizeOptions {
  /** Images over all parts. Default 200. */
  images?: number;
  /** Side in pixels, at least 32. Default 128. */
  size?: number;
  /** Default 1. */
  seed?: number;
  /** Default "both": half of the tiles each. */
  style?: TileStyle | "both";
  /** Share of the images that goes to val/. Default 0.2. */
  validation?: number;
  /** Share of the images that goes to test/. Default 0. */
  test?: number;
  /** Share of tiles without nuclei. Default 0.6. */
  emptyShare?: number;
  /** Replace what an earlier call wrote into the folder. Default false. */
  overwrite?: boolean;
  signal?: AbortSignal;
  onProgress?: (done: number, total: number) => void;
}

interface Plan {
  readonly part: (typeof parts)[number];
  readonly name: string;
  readonly style: TileStyle;
  readonly empty: boolean;
  readonly index: number;
}

/** What index.json holds, one entry per tile beside the options. */
export interface SynthesizedTile extends Plan {
  readonly nuclei: number;
  readonly cellPixels: number;
}

const defaults = {
  images: 200,
  size: 128,
  seed: 1,
  style: "both" as TileStyle | "both",
  validation: 0.2,
  test: 0,
  emptyShare: 0.6,
};
const parts = ["train", "val", "test"] as const;

/** Writes train/, val/ and test/ with images/ and masks/ (0 and 255), and index.json last, so that a folder with it is whole. */
export async function synthesize(
  folder: string,
  options: SynthesizeOptions = {},
): Promise<{ folder: string; tiles: SynthesizedTile[] }> {
  const { signal, onProgress, overwrite = false, ...given } = options;
  const settings = { ...defaults, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) };
  const plans = planTiles(settings);
  await makeFolders(folder, overwrite, new Set(plans.map((plan) => plan.part)));
  const tiles: SynthesizedTile[] = [];
  await inOrder(
    plans,
    async (plan) => {
      signal?.throwIfAborted();
      const tile = drawTile(settings.seed, plan.index, settings.size, plan.style, plan.empty);
      await writeTile(join(folder, plan.part), plan.name, tile, settings.size);
      return { ...plan, nuclei: tile.nuclei, cellPixels: tile.mask.reduce((sum, value) => sum + value, 0) };
    },
    (tile) => {
      tiles.push(tile);
      onProgress?.(tiles.length, plans.length);
    },
  );
  const unfinished = join(folder, "index.json.part");
  await writeFile(unfinished, `${JSON.stringify({ generator: "acinus synth 1", ...settings, tiles }, null, 1)}\n`);
  await rename(unfinished, join(folder, "index.json"));
  return { folder, tiles };
}

function planTiles(settings: typeof defaults): Plan[] {
  const { images, size, seed, style, validation, test, emptyShare } = settings;
  const shares = [validation, test, emptyShare];
  if (
    !Number.isInteger(images) ||
    images < 1 ||
    !Number.isInteger(size) ||
    size < 32 ||
    size > 4096 ||
    !Number.isInteger(seed)
  ) {
    const message = `Synthetic data needs whole numbers: images ${images} (1 or more), size ${size} (32 to 4096), seed ${seed}.`;
    throw new ConfigError("ACINUS_CONFIG", message, { value: { images, size, seed } });
  }
  if (shares.some((share) => !(share >= 0 && share <= 1)) || validation + test > 1) {
    const message = `The shares validation ${validation}, test ${test} and emptyShare ${emptyShare} must be between 0 and 1.`;
    throw new ConfigError("ACINUS_CONFIG", message, { value: { validation, test, emptyShare } });
  }
  const held = { val: Math.round(images * validation), test: Math.round(images * test) };
  const plans: Plan[] = [];
  for (const [part, count] of [
    ["train", images - held.val - held.test],
    ["val", held.val],
    ["test", held.test],
  ] as const) {
    const random = new Random(seed, 0xffff0000 + plans.length);
    const kinds = Array.from({ length: count }, (_, i) => ({
      empty: i < Math.round(count * emptyShare),
      style: style === "both" ? (i % 2 === 0 ? "fluorescence" : "he") : style,
    })) satisfies Pick<Plan, "empty" | "style">[];
    for (const kind of random.shuffle<Pick<Plan, "empty" | "style">>(kinds)) {
      const index = plans.length;
      plans.push({ part, name: `${kind.style}-${String(index).padStart(5, "0")}`, ...kind, index });
    }
  }
  return plans;
}

async function makeFolders(folder: string, overwrite: boolean, needed: Set<string>): Promise<void> {
  const present = await readdir(folder).catch(() => [] as string[]);
  if (present.length > 0 && !(overwrite && present.some((name) => name.startsWith("index.json")))) {
    throw new AcinusError("ACINUS_WRITE_FAILED", `The folder ${folder} is not empty.`, {
      file: folder,
      fix: "Choose a new one, or overwrite an earlier synthetic set (--force).",
    });
  }
  // A folder with index.json is whole; one with index.json.part is ours and was left in the middle.
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "index.json.part"), "{}\n");
  for (const name of ["index.json", ...parts]) await rm(join(folder, name), { recursive: true, force: true });
  for (const part of needed) {
    for (const kind of ["images", "masks"]) await mkdir(join(folder, part, kind), { recursive: true });
  }
}

async function writeTile(folder: string, name: string, tile: Tile, size: number): Promise<void> {
  const sharp = await loadSharp();
  const raw = { width: size, height: size };
  const mask = tile.mask.map((value) => value * 255);
  await Promise.all([
    sharp(tile.image, { raw: { ...raw, channels: 3 } })
      .png()
      .toFile(join(folder, "images", `${name}.png`)),
    sharp(mask, { raw: { ...raw, channels: 1 } })
      .toColourspace("b-w")
      .png()
      .toFile(join(folder, "masks", `${name}.png`)),
  ]);
}
