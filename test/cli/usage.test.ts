import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { writeImage, writeMask, writeSet, writeSoftMask } from "../dataset/folder.js";
import { temporary } from "../temporary.js";
import { acinus } from "./run.js";

const commands = [
  "setup",
  "doctor",
  "synth",
  "verify",
  "train",
  "evaluate",
  "report",
  "compare",
  "predict",
  "import",
  "export",
  "bench",
];
const escapeCharacter = String.fromCharCode(27);

describe("help", () => {
  it("lists every command", async () => {
    const { code, stdout } = await acinus(["-h"]);
    expect(code).toBe(0);
    for (const name of commands) expect(stdout).toMatch(new RegExp(`^  ${name} `, "m"));
  });

  it.each(commands)("of %s ends with an example of it and costs nothing", async (name) => {
    const { code, stdout, stderr } = await acinus([name, "--help"]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(new RegExp(`Examples?:\\n  acinus ${name}`));
  });

  it("of train names the networks, and a wrong one is refused, where there is no LibTorch", async () => {
    const nowhere = { LIBTORCH: join(temporary(), "libtorch") };
    const help = await acinus(["train", "--help"], nowhere);
    expect(help.code).toBe(0);
    expect(help.stdout).toMatch(/--architecture[^-]*"unetplusplus",\s*"unet"/);
    expect(help.stdout).toContain('"efficientnet-lite4"');
    const channels = ["--set", "model.decoderChannels=[1,2]"];
    const refused = await acinus(["train", "x", "-o", "y", ...channels], nowhere);
    expect(refused.stderr).toContain("needs 5 decoder channels");
    const loading = await acinus(["import", "x.pth", "-o", join(temporary(), "y.safetensors")], nowhere);
    expect(loading.stderr).toContain("ACINUS_NO_LIBTORCH");
  });

  it("comes on standard error, with code 2, when no command is given", async () => {
    const { code, stdout, stderr } = await acinus([]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("Usage: acinus");
  });
});

describe("wrong use", () => {
  it.each([
    [["synht", "x"], "(Did you mean synth?)"],
    [["synth", "x", "--imges", "3"], "(Did you mean --images?)"],
    [["synth", "x", "--images", "three"], "It must be a whole number."],
    [["synth", "x", "--validation", "2"], "It must be a number between 0 and 1."],
    [["synth"], "missing required argument 'out'"],
    [["synth", "x", "y"], "too many arguments"],
    [["predict", "run", "image.png"], "required option '-o, --output <folder>'"],
    [["predict", "run", "image.png", "-o", "x", "--format", "gif"], '"gif" is none of png'],
    [["train", "x", "-o", "y", "--device", "gpu"], "It must be cpu, cuda or cuda:N."],
    [["train", "x", "-o", "y", "--encoder", "resnet34"], "Allowed choices are efficientnet-b0, "],
    [["compare", "x", "-o", "y", "--budget", "hours=3"], "It must be epochs=N, steps=N or minutes=N."],
    [["compare", "x", "-o", "y", "--predictions", "out"], "It must be NAME=FOLDER."],
    [
      ["train", "x", "-o", "y", "--architecture", "unet3"],
      "Allowed choices are unetplusplus, unet, unet-ronneberger, attention-unet,",
    ],
  ])("%j ends with code 2 and says %s", async (args, message) => {
    const { code, stdout, stderr } = await acinus(args);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(message);
  });
});

describe("errors", () => {
  it("are printed as name, code and message without a stack, with code 1", async () => {
    const folder = await writeSet(temporary(), 2);
    await writeSoftMask(join(folder, "masks/1.png"));
    const { code, stdout, stderr } = await acinus(["train", folder, "-o", join(temporary(), "run")]);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^MaskValueError \[ACINUS_MASK_VALUES\] The mask .*1\.png holds the values 0, 254, 255; /m);
    expect(stderr).not.toMatch(/^ +at /m);
    expect(stderr).not.toContain(escapeCharacter);
  });

  it("show where they came from with --verbose, and with DEBUG", async () => {
    expect((await acinus(["verify", "/nowhere", "--verbose"])).stderr).toMatch(/^ +at /m);
    expect((await acinus(["verify", "/nowhere"], { DEBUG: "1" })).stderr).toMatch(/^ +at /m);
  });

  it("are one JSON document with --json", async () => {
    const { code, stdout, stderr } = await acinus(["verify", "/nowhere", "--json"]);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toEqual({ error: expect.objectContaining({ code: "ACINUS_FILE_NOT_FOUND", file: "/nowhere" }) });
    expect(stderr).toContain("[ACINUS_FILE_NOT_FOUND]");
  });
});

describe("synth", () => {
  it("writes a set and says so; with --json in one document", async () => {
    const folder = join(temporary(), "set");
    const { code, stdout } = await acinus(["synth", folder, "--images", "10", "--size", "32", "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ folder, train: 8, val: 2, test: 0, empty: 6 });
    const again = await acinus(["synth", folder]);
    expect([again.code, again.stdout]).toEqual([1, ""]);
    expect(again.stderr).toContain("[ACINUS_WRITE_FAILED]");
    const forced = await acinus(["synth", folder, "--images", "5", "--size", "32", "--force"]);
    expect(forced.stdout).toBe(`Wrote 5 tiles to ${folder} (4 train, 1 val; 3 without nuclei).\n`);
  });
});

describe("verify", () => {
  it("prints the paper's Table I of a sound set", async () => {
    const { code, stdout } = await acinus(["verify", await writeSet(temporary(), 5)]);
    expect(code).toBe(0);
    for (const row of [
      /^Total images +5$/m,
      /^With cells +2 \(40 %\)$/m,
      /^Without cells +3 \(60 %\)$/m,
      /^Average cell size +4\.00 %$/m,
      /^Cell pixels +1\.60 %$/m,
    ]) {
      expect(stdout).toMatch(row);
    }
  });

  it("names every problem, copy and leak, and ends with code 1", async () => {
    const [train, validation] = [await writeSet(temporary(), 4), await writeSet(temporary(), 1)];
    await writeSoftMask(join(train, "masks/1.png"));
    await writeImage(join(train, "images/8.png"), { value: 2 });
    await writeMask(join(train, "masks/8.png"));
    mkdirSync(join(train, "masks"), { recursive: true });
    writeFileSync(join(train, "images/9.png"), "");
    const { code, stdout } = await acinus(["verify", train, "--validation", validation]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/2 problems:/);
    expect(stdout).toMatch(/MaskValueError \[ACINUS_MASK_VALUES\] The mask .*1\.png/);
    expect(stdout).toMatch(/\[ACINUS_MISSING_MASK\] The image .*9\.png has no mask/);
    expect(stdout).toMatch(/1 duplicate:\n {2}.*8\.png is the same image as .*2\.png/);
    expect(stdout).toMatch(/1 leak:\n {2}.*0\.png is the training image .*0\.png/);
    const document = JSON.parse((await acinus(["verify", train, "--validation", validation, "--json"])).stdout) as object;
    expect(document).toMatchObject({ ok: false, sets: [{ statistics: { images: 4 } }, { statistics: { images: 1 } }] });
  });
});

describe("colours", () => {
  it("are never written into a pipe, and never with NO_COLOR", async () => {
    const { stdout, stderr } = await acinus(["verify", await writeSet(temporary(), 2)], { NO_COLOR: "1", FORCE_COLOR: "1" });
    expect(stdout + stderr).not.toContain(escapeCharacter);
  });
});
