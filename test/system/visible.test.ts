import { describe, expect, it } from "vitest";
import { forTerminal } from "../../bin/cli/output.js";
import { AcinusError } from "../../lib/errors.js";
import { visible } from "../../lib/system/visible.js";

const hostile = "a\u001b[2J\r\n\u009b1A\u202egnp.b";

describe("names of somebody else", () => {
  it("are printed without what moves a cursor, breaks a line or turns the direction of text", () => {
    expect(visible(hostile)).toBe("a\\x1b[2J\\r\\n\\x9b1A\\u202egnp.b");
    expect(visible("Zellen µ 細胞 👩‍🔬.png")).toBe("Zellen µ 細胞 👩‍🔬.png");
  });

  it("cannot forge a line of an error, which keeps the name as it is for programs", () => {
    const error = new AcinusError("ACINUS_FILE_EXISTS", `${hostile} is in the way.\n  a list`, { file: hostile });
    expect(error.message).toBe("a\\x1b[2J\\r\\n\\x9b1A\\u202egnp.b is in the way.\n  a list");
    expect(error.file).toBe(hostile);
  });

  it("lose their escapes on the way to the terminal, beside colours of our own", () => {
    expect(forTerminal("\u001b[31mError\u001b[39m a\u001b[2Jb\u001b]0;title\u0007\n")).toBe(
      "\u001b[31mError\u001b[39m a\\x1b[2Jb\\x1b]0;title\\x07\n",
    );
  });
});
