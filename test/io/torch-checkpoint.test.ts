import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporary } from "../temporary.js";
import { contents, fixture, inspect } from "./weights.js";

const folder = temporary();
const scratch = join(folder, "scratch.safetensors");
const expected = JSON.parse(readFileSync(fixture("expected.json"), "utf8")) as Record<string, [string, number[], number[]][]>;

describe("a state dict", () => {
  it.each(Object.keys(expected))("in %s holds what PyTorch reads from it", async (name) => {
    const ours = await contents(fixture(name), scratch);
    // safetensors orders by width, PyTorch as saved
    expect(name === "named.pth" ? ours.sort() : ours).toEqual(expected[name]);
  });

  it("is found inside of what training programs save with it", async () => {
    expect((await inspect(fixture("module.pth"))).path).toEqual([]);
    expect((await inspect(fixture("lightning.ckpt"))).path).toEqual(["state_dict"]);
    expect((await inspect(fixture("training.pt"))).path).toEqual(["model"]);
    expect((await inspect(fixture("nested.pt"))).path).toEqual(["net", "model_state_dict"]);
  });

  it("is told by its contents, not by its name", async () => {
    const copy = join(folder, "zip.safetensors");
    copyFileSync(fixture("zip.pth"), copy);
    expect(await inspect(copy)).toMatchObject({ format: "pth" });
    expect(await inspect(fixture("named.pth"))).toMatchObject({ format: "safetensors" });
  });
});

describe("a file that is no state dict", () => {
  const said = async (path: string) => {
    const error = await inspect(path).then(
      () => undefined,
      (reason: unknown) => reason as Error & { code: string },
    );
    expect(error).toMatchObject({ name: "CheckpointError", code: "ACINUS_CHECKPOINT" });
    expect(error?.message).toContain(path);
    return error?.message;
  };

  it("is refused by the name of what it asks to be run, and nothing is run", async () => {
    expect(await said(fixture("os-system.pth"))).toMatch(/asks for "(posix|nt)\.system"/);
    expect(await said(fixture("eval.pth"))).toMatch(/asks for "(__builtin__|builtins)\.eval"/);
    expect(await said(fixture("bare.pkl"))).toMatch(/asks for "(posix|nt)\.system"/);
    expect(await said(fixture("whole-module.pth"))).toMatch(/asks for "__main__\.Block".*save its state_dict\(\)/);
    expect(existsSync("/tmp/acinus-was-here")).toBe(false);
  });

  it("is described", async () => {
    const write = (name: string, text: string | Uint8Array) => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    expect(await said(fixture("torchscript.pt"))).toContain("it is a TorchScript program (torch.jit.save), not a state dict");
    expect(await said(write("lfs", "version https://git-lfs.github.com/spec/v1\n"))).toContain("git lfs pull");
    expect(await said(write("page", "<!doctype html><p>Sign in</p>"))).toContain("it is a web page");
    expect(await said(write("empty", ""))).toContain("neither safetensors nor a PyTorch file");
    expect(await said(write("hdf", Buffer.from("\x89HDF\r\n\x1a\n", "latin1")))).toContain("HDF5");
    const absent = join(folder, "absent.pth");
    expect(await said(absent)).toContain("No such file");
    expect(await said(folder)).toContain("it is not a file");
  });
});
