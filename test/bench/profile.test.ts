import { describe, expect, it } from "vitest";
import { parsePerf, partsOf, profileText } from "../../bench/profile.js";

const report = `# Samples: 121  of event 'cpu-clock:ppp'
#
# Overhead|Shared Object  |Symbol
 41.50% |[JIT] tid 18236|[.] 0x00007f0109680032
 30.00% |acinus.node    |[.] acinus::cpu::avx512::depthwise_weight_gradient<5, 2>(float const*)
 20.00% |libgomp.so.1   |[.] 0x000000000001e02a
 8.00%  |[kernel.kallsyms]|[k] clear_page_erms

`;

describe("the benchmark's profile", () => {
  it("reads perf's report", () => {
    expect(parsePerf(report)).toHaveLength(4);
    expect(parsePerf(report)[3]).toEqual({ name: "[kernel.kallsyms] clear_page_erms", weight: 8 });
  });

  it("puts both languages' names into the same parts, the largest first, and hides nothing in a part that it does not know", () => {
    const ours = partsOf(parsePerf(report));
    expect(ours.map(({ name }) => name)).toEqual([
      "convolutions (oneDNN)",
      "depthwise convolutions",
      "waiting for the other threads",
      "memory given and taken (system)",
    ]);
    expect(ours.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
    const theirs = partsOf([
      { name: "aten::convolution_backward depthwise", weight: 3 },
      { name: "aten::convolution_backward", weight: 2 },
      { name: "aten::native_batch_norm", weight: 1 },
      { name: "aten::unheard_of", weight: 4 },
    ]);
    expect(theirs.map(({ name, share }) => [name, share])).toEqual([
      ["other", 0.4],
      ["depthwise convolutions", 0.3],
      ["convolutions (oneDNN)", 0.2],
      ["batch normalisation, with its activation", 0.1],
    ]);
    expect(profileText("title", theirs)).toMatch(/^title\n +40\.0 % {2}other +aten::unheard_of\n/);
  });
});
