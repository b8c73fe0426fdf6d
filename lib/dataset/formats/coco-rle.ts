/** Run lengths of COCO: column by column, background first. */

/** Lengths of runs from the text that pycocotools makes of them. Throws an Error on damage. */
export function readCounts(text: string): number[] {
  const counts: number[] = [];
  for (let at = 0; at < text.length; ) {
    let [value, shift, more] = [0, 0, true];
    while (more) {
      const code = text.charCodeAt(at++) - 48;
      if (!(code >= 0 && code < 64) || shift > 30) throw new Error("its run lengths are damaged");
      value |= (code & 31) << shift;
      more = (code & 32) !== 0;
      shift += 5;
      if (!more && code & 16) value |= -1 << shift;
    }
    counts.push(counts.length > 2 ? value + (counts[counts.length - 2] as number) : value);
  }
  return counts;
}

/** Writes `label` where the runs are foreground. Throws an Error where they do not fit the image. */
export function fillRuns(labels: Int32Array, width: number, height: number, counts: readonly number[], label: number): void {
  let at = 0;
  counts.forEach((count, i) => {
    if (!Number.isInteger(count) || count < 0 || at + count > width * height)
      throw new Error("its run lengths do not fit the image");
    for (const end = at + count; at < end; at++) {
      if (i % 2 === 1) labels[(at % height) * width + Math.floor(at / height)] = label;
    }
  });
}
