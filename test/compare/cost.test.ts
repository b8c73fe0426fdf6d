import { expect, it } from "vitest";
import { multiplyAdds } from "../../lib/compare/cost.js";
import { Model } from "../../lib/index.js";

it("counts the multiplications of convolutions as hooks on smp's modules do", async () => {
  using model = await Model.create({ encoder: "efficientnet-b0", inputMode: "drop" });
  // smp 0.5, UnetPlusPlus("efficientnet-b0", decoder_attention_type="scse"): the sum over its Conv2d modules of weights · pixels of the output.
  expect(multiplyAdds(model, { height: 96, width: 160 })).toBe(1_296_879_344);
});
