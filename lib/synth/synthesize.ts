/** `acinus synth`: a small data set of synthetic nuclei, made for trying things out. Reproducible bit for bit from its options. */
import { createHash } from "node:crypto";
import { readdir, rm, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AcinusError, ConfigError } from "../errors.js";
import { check, checkOptions, checkPath } from "../system/arguments.js";
import { inOrder } from "../system/concurrency.js";
import { loadSharp } from "../system/image-library.js";
import { makeFolder } from "../system/make-folder.js";
import { requireFolder, writeOutput } from "../system/output-file.js";
import { Random } from "../system/random.js";
import { entryAt } from "../system/regular-file.js";
import { recordName, WrittenRecord } from "../system/written-record.js";
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
  /** Replace what an earlier call wrote into the folder, and nothing that is not as it wrote it. Default false. */
  overwrite?: boolean;
  /** An abort ends the call, which rejects with `signal.reason`. */
  signal?: AbortSignal;
  /** Is told how much is done, and of how much. */
  onProgress?: (done: number, total: number) => void;
}

interface Plan {
  /** The set that it is of. */
  readonly part: (typeof parts)[number];
  /** Of its files, without ending. */
  readonly name: string;
  /** How it is drawn. */
  readonly style: TileStyle;
  /** Whether it is without nuclei. */
  readonly empty: boolean;
  /** Which tile it is, from 0. */
  readonly index: number;
}

/** What index.json holds, one entry per tile beside the options. */
export interface SynthesizedTile extends Plan {
  /** Number of nuclei. */
  readonly nuclei: number;
  /** Pixels in nuclei. */
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
const generator = "acinus synth 1";
const most = 1_000_000;

/** Writes train/, val/ and test/ with images/ and masks/ (0 and 255), and index.json last, so that a folder with it is whole. */
export async function synthesize(
  folder: string,
  options: SynthesizeOptions = {},
): Promise<{ folder: string; tiles: SynthesizedTile[] }> {
  checkPath(folder, "folder");
  checkOptions(options, "options", [...Object.keys(defaults), "overwrite", "signal", "onProgress"]);
  const { signal, onProgress, overwrite = false, ...given } = options;
  check(typeof overwrite === "boolean", overwrite, "options.overwrite", "true or false");
  const settings = { ...defaults, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) };
  const plans = planTiles(settings);
  await makeFolders(folder, overwrite, plans);
  const record = await WrittenRecord.of(folder);
  const tiles: SynthesizedTile[] = [];
  await inOrder(
    plans,
    async (plan) => {
      signal?.throwIfAborted();
      const tile = drawTile(settings.seed, plan.index, settings.size, plan.style, plan.empty);
      await writeTile(folder, record, plan, tile, settings.size);
      return { ...plan, nuclei: tile.nuclei, cellPixels: tile.mask.reduce((sum, value) => sum + value, 0) };
    },
    (tile) => {
      tiles.push(tile);
      onProgress?.(tiles.length, plans.length);
    },
  );
  await writeOutput(join(folder, "index.json"), `${JSON.stringify({ generator, ...settings, tiles }, null, 1)}\n`);
  return { folder, tiles };
}

function planTiles(settings: typeof defaults): Plan[] {
  const { images, size, seed, style, validation, test, emptyShare } = settings;
  for (const [name, value] of Object.entries({ images, size, seed, validation, test, emptyShare })) {
    check(typeof value === "number", value, `options.${name}`, "a number");
  }
  check(["fluorescence", "he", "both"].includes(style), style, "options.style", '"fluorescence", "he" or "both"');
  const shares = [validation, test, emptyShare];
  if (
    !Number.isInteger(images) ||
    images < 1 ||
    images > most ||
    !Number.isInteger(size) ||
    size < 32 ||
    size > 4096 ||
    !Number.isSafeInteger(seed)
  ) {
    const message = `Synthetic data needs whole numbers: images ${images} (1 to ${most}), size ${size} (32 to 4096), seed ${seed}.`;
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

const filesOf = ({ part, name }: Plan) => ["images", "masks"].map((kind) => `${part}/${kind}/${name}.png`);

/** Makes the folders of a new set. With `overwrite`, the files of an earlier one go first: those that are as it wrote them. */
async function makeFolders(folder: string, overwrite: boolean, plans: readonly Plan[]): Promise<void> {
  await requireFolder(folder);
  const present = await readdir(folder).catch(() => [] as string[]);
  const record = await WrittenRecord.of(folder);
  const isSet = record.names.some((name) => parts.some((part) => name.startsWith(`${part}/`)));
  if (present.length > 0 && !(overwrite && isSet)) {
    throw new AcinusError(
      "ACINUS_WRITE_FAILED",
      `The folder ${folder} is not empty${overwrite ? " and no synthetic set" : ""}.`,
      {
        file: folder,
        fix: "Choose a new one, or overwrite an earlier synthetic set (--force).",
      },
    );
  }
  const own = new Set<string>();
  for (const name of record.names) if (await record.isOurs(name)) own.add(name);
  for (const name of ["index.json", ...plans.flatMap(filesOf)]) {
    const path = join(folder, name);
    if (own.has(name) || !(await entryAt(path).catch(() => undefined))) continue;
    throw new AcinusError(
      "ACINUS_FILE_EXISTS",
      `${path} is in the way, and not as acinus wrote it: it is yours, or was changed.`,
      {
        file: path,
        fix: "Choose a new folder, or move that file away.",
      },
    );
  }
  for (const name of own) await rm(join(folder, name), { force: true });
  if (present.length > 0) await rm(join(folder, recordName), { force: true });
  for (const part of parts) {
    const needed = plans.some((plan) => plan.part === part);
    for (const kind of ["images", "masks", ""]) {
      const path = join(folder, part, kind);
      if (needed) makeFolder(path);
      else await rmdir(path).catch(() => undefined); // what is not empty stays
    }
  }
}

async function writeTile(folder: string, record: WrittenRecord, plan: Plan, tile: Tile, size: number): Promise<void> {
  const sharp = await loadSharp();
  const raw = { width: size, height: size };
  const mask = tile.mask.map((value) => value * 255);
  const contents = await Promise.all([
    sharp(tile.image, { raw: { ...raw, channels: 3 } })
      .png()
      .toBuffer(),
    sharp(mask, { raw: { ...raw, channels: 1 } })
      .toColourspace("b-w")
      .png()
      .toBuffer(),
  ]);
  const files = filesOf(plan).map((name, i) => ({ name, content: contents[i] as Buffer }));
  await record.add(
    files.map(({ name, content }) => ({
      ...{ name, size: content.length, sha256: createHash("sha256").update(content).digest("hex") },
    })),
  );
  await Promise.all(files.map(({ name, content }) => writeFile(join(folder, name), content, { flag: "wx" })));
}
