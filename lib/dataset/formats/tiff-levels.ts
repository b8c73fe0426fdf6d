/** The resolutions of a pyramid: smaller copies of the image in pages of their own (SVS, libvips) or below the first page (OME, QuPath). */

/** One directory of a file. */
export interface TiffPicture {
  readonly width: number;
  readonly height: number;
  readonly tiled: boolean;
  /** Whether the file calls it a smaller copy of another page. */
  readonly reduced: boolean;
}

export interface TiffLevel {
  readonly width: number;
  readonly height: number;
  readonly tiled: boolean;
  /** In the file's chain of pages. */
  readonly page: number;
  /** Below that page; undefined where it is the page itself. */
  readonly subifd?: number;
}

/** Of a copy's height, in px, from what the ratio of the widths tells: programs round differently. */
const rounding = 2;

/**
 * A smaller copy has the proportions of the image and fewer pixels than the copy before it. Thumbnails, labels and photographs of a slide,
 * which lie in strips where the levels lie in tiles, are none.
 */
export function levelsOf(chain: readonly TiffPicture[], inner: readonly TiffPicture[]): TiffLevel[] {
  const [full] = chain as [TiffPicture];
  const { width, height, tiled } = full;
  const levels: TiffLevel[] = [{ width, height, tiled, page: 0 }];
  const add = (picture: TiffPicture, place: { page: number; subifd?: number }) => {
    const last = levels.at(-1) as TiffLevel;
    const smaller = picture.width < last.width && picture.height < last.height && picture.width > 0 && picture.height > 0;
    const expected = (full.height * picture.width) / full.width;
    const near = Math.abs(picture.height - expected) <= rounding + full.height / full.width;
    if (!smaller || !near || picture.tiled !== full.tiled) return;
    levels.push({ ...place, width: picture.width, height: picture.height, tiled: picture.tiled });
  };
  inner.forEach((picture, subifd) => {
    add(picture, { page: 0, subifd });
  });
  if (inner.length > 0 && levels.length > 1) return levels;
  chain.forEach((picture, page) => {
    // Pages of different sizes that lie in strips are pages, unless the file says otherwise.
    if (page > 0 && (picture.reduced || (full.tiled && picture.tiled))) add(picture, { page });
  });
  return levels;
}
