import { describe, expect, it } from "vitest";
import { contentHash } from "../../lib/dataset/scan.js";

function image(width: number, height: number, change: (data: Uint8Array) => void = () => undefined) {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => [10, 20, 30][i % 3] as number);
  change(data);
  return { data, width, height, bits: 8 as const };
}

describe("contentHash", () => {
  it("says of an image in a single colour that it identifies nothing", async () => {
    expect(await contentHash(image(5, 4))).toBe("blank-5x4-10,20,30");
    expect(await contentHash(image(1, 1))).toBe("blank-1x1-10,20,30");
  });

  it.each([0, 1, 2, 3, 30, 57, 59])("sees value %i that differs", async (at) => {
    const changed = image(5, 4, (data) => {
      data[at] = 11;
    });
    expect(await contentHash(changed)).toMatch(/^5x4-[0-9a-f]{64}$/);
  });

  it("is equal for equal pixels alone", async () => {
    const last = (value: number) =>
      image(5, 4, (data) => {
        data[59] = value;
      });
    expect(await contentHash(last(1))).toBe(await contentHash(last(1)));
    expect(await contentHash(last(1))).not.toBe(await contentHash(last(2)));
  });
});
