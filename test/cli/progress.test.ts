import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { duration, progress } from "../../bin/cli/progress.js";

function stream(terminal: boolean): { written: () => string; out: NodeJS.WriteStream } {
  const out = new PassThrough() as unknown as NodeJS.WriteStream;
  Object.assign(out, {
    isTTY: terminal,
    columns: 120,
    rows: 30,
    cursorTo() {},
    clearLine() {},
    moveCursor() {},
    clearScreenDown() {},
  });
  let text = "";
  out.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  return { written: () => text, out };
}

describe("progress", () => {
  it("moves one line with percentage, count, time left and note on a terminal, and keeps lines said above it", () => {
    const { written, out } = stream(true);
    const bar = progress("Training", out);
    bar.start(200);
    bar.update(50, "loss 0.5");
    bar.line("epoch 1");
    bar.update(100, "loss 0.4");
    bar.stop();
    expect(written()).toMatch(
      /Training .* 25 % \| 50\/200 \| .* left \| loss 0\.5|Training .* 50 % \| 100\/200 \| .* left \| loss 0\.4/,
    );
    expect(written()).toMatch(/epoch 1/);
  });

  it("writes plain lines elsewhere, without control characters, and not for short work", () => {
    const { written, out } = stream(false);
    const bar = progress("Training", out);
    bar.start(200);
    for (let done = 1; done <= 200; done++) bar.update(done);
    bar.line("epoch 1");
    bar.stop();
    expect(written()).toBe("epoch 1\n");
  });

  it.each([
    [0.2, "0 s"],
    [42, "42 s"],
    [75, "1:15"],
    [3700, "1:01:40"],
  ])("says %d seconds as %s", (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });
});
