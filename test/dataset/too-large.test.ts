import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32, deflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { decodeImage } from "../../lib/dataset/decode.js";
import { refuseTooLarge } from "../../lib/dataset/formats/raster.js";
import { temporary } from "../temporary.js";

/** A PNG file that says it has so many pixels and holds a few. */
function png(side: number): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    check.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, check]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([8, 2], 8); // 8 bits, RGB
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const pixels = deflateSync(Buffer.alloc(1000));
  return Buffer.concat([signature, chunk("IHDR", header), chunk("IDAT", pixels), chunk("IEND", Buffer.alloc(0))]);
}

describe("a small file with a huge image", () => {
  it("is refused by its name and size before it is read", async () => {
    const file = join(temporary(), "bomb.png");
    writeFileSync(file, png(60_000));
    await expect(decodeImage(file)).rejects.toMatchObject({
      code: "ACINUS_UNREADABLE_IMAGE",
      message: expect.stringContaining(`${file} cannot be read: it has 60000×60000 pixels, and at most 2^30 are read whole`),
    });
  });

  it("is refused where it takes more memory than is free, and read where it does not", () => {
    const size = { width: 20_000, height: 20_000 };
    expect(() => refuseTooLarge("a.png", size, () => 3e9)).toThrow("which take about 4.0 GB of memory, and 3.0 GB are free");
    expect(() => refuseTooLarge("a.png", size, () => 5e9)).not.toThrow();
    expect(() => refuseTooLarge("a.png", { width: 4096, height: 4096 }, () => 0)).not.toThrow();
  });
});
