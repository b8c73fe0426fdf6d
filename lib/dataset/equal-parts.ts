import type { TypedArray } from "./formats/values.js";

/** 8-connected parts of equal value; 0 is background. Numbered from 1 in raster order. */
export function equalParts(values: TypedArray, width: number, height: number): { labels: Int32Array; count: number } {
  const labels = new Int32Array(width * height);
  const parent: number[] = [0];
  const root = (label: number): number => {
    let at = label;
    while (parent[at] !== at) {
      parent[at] = parent[parent[at] as number] as number;
      at = parent[at] as number;
    }
    return at;
  };
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const value = values[i];
      if (value === 0) continue;
      let label = 0;
      const join = (at: number) => {
        if (values[at] !== value) return;
        const other = root(labels[at] as number);
        if (label === 0) label = other;
        else if (other !== label) {
          const [low, high] = other < label ? [other, label] : [label, other];
          parent[high] = low;
          label = low;
        }
      };
      if (x > 0) join(i - 1);
      if (y > 0) {
        if (x > 0) join(i - width - 1);
        join(i - width);
        if (x < width - 1) join(i - width + 1);
      }
      if (label === 0) {
        label = parent.length;
        parent.push(label);
      }
      labels[i] = label;
    }
  }
  const number = new Int32Array(parent.length);
  let count = 0;
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] === 0) continue;
    const at = root(labels[i] as number);
    if (number[at] === 0) number[at] = ++count;
    labels[i] = number[at] as number;
  }
  return { labels, count };
}
