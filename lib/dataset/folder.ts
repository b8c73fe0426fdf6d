/** A folder's names, read once: what every layout looks at. */
import { readdir, stat } from "node:fs/promises";
import { basename, join, parse } from "node:path";
import { DataError } from "../errors.js";

export const readable = new Set([".png", ".tif", ".tiff", ".jpg", ".jpeg", ".webp", ".svs"]);
/** Image files that are not read; they are named, not passed over in silence. */
const unread =
  /\.(bmp|gif|jp2|j2k|jxl|heic|avif|ndpi|scn|mrxs|vms|bif|czi|nd2|lif|oib|oif|vsi|lsm|stk|dcm|nii|nii\.gz|zarr|h5|hdf5|mat)$/i;
const junk = /^(\.|__MACOSX$|Thumbs\.db$|desktop\.ini$|@eaDir$)/i;

export class Folder {
  /** Names of files, and of what is neither file nor folder; sorted. */
  readonly files: readonly string[];
  /** Names of folders, sorted. */
  readonly folders: readonly string[];
  readonly #inner = new Map<string, Promise<Folder>>();

  private constructor(
    /** Where it is. */
    readonly path: string,
    entries: readonly { readonly name: string; readonly folder: boolean }[],
  ) {
    const names = entries.filter(({ name }) => !junk.test(name));
    // A folder whose name ends like an image's is taken for one, so that it is named when it cannot be read.
    this.files = names.filter(({ name, folder }) => !folder || isImage(name)).map(({ name }) => name);
    this.folders = names.filter(({ folder }) => folder).map(({ name }) => name);
  }

  /** @throws DataError ACINUS_FILE_NOT_FOUND where there is no folder that can be read. */
  static async open(path: string): Promise<Folder> {
    try {
      const entries = await readdir(path, { withFileTypes: true });
      const found = entries.map(async (entry) => ({
        /** Its last part. */
        name: entry.name,
        folder: entry.isDirectory() || (entry.isSymbolicLink() && (await leadsToFolder(join(path, entry.name)))),
      }));
      return new Folder(
        path,
        (await Promise.all(found)).sort((a, b) => (a.name < b.name ? -1 : 1)),
      );
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const message =
        code === "ENOENT" ? `There is no folder ${path}.` : `There is no folder ${path} that can be read (${code}).`;
      throw new DataError("ACINUS_FILE_NOT_FOUND", message, { file: path, cause: error });
    }
  }

  /** The same folder without the other files that end as the one named does, and without annotations of that ending below it. */
  keeping(name: string): Folder {
    const ending = parse(name).ext.toLowerCase();
    const files = this.files.filter((other) => other === name || parse(other).ext.toLowerCase() !== ending);
    const folders = this.folders.filter((folder) => folder.toLowerCase() !== "annotations");
    return new Folder(this.path, [
      ...files.map((file) => ({ name: file, folder: false })),
      ...folders.map((folder) => ({ name: folder, folder: true })),
    ]);
  }

  /** The last part of its path. */
  get name(): string {
    return basename(this.path);
  }

  /** A folder in it. */
  folder(name: string): Promise<Folder> {
    const known = this.#inner.get(name);
    if (known) return known;
    const opened = Folder.open(join(this.path, name));
    this.#inner.set(name, opened);
    return opened;
  }

  /** The folders that have one of the names, whatever the case. */
  named(names: readonly string[]): string[] {
    return this.folders.filter((name) => names.includes(name.toLowerCase()));
  }

  /** Paths of the images in it. */
  images(): string[] {
    return this.files.filter(isImage).map((name) => join(this.path, name));
  }

  /** Paths of the files with that ending, whatever the case. */
  ending(...endings: readonly string[]): string[] {
    return this.files
      .filter((name) => endings.some((end) => name.toLowerCase().endsWith(end)))
      .map((name) => join(this.path, name));
  }

  /** Paths of image files of formats that are not read. */
  passedOver(): string[] {
    return [...this.files, ...this.folders].filter((name) => unread.test(name)).map((name) => join(this.path, name));
  }
}

export function isImage(name: string): boolean {
  return readable.has(parse(name).ext.toLowerCase());
}

async function leadsToFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (target) => target.isDirectory(),
    () => false,
  );
}
