// Rows that are scaled some at a time, beside PyTorch's interpolation of the whole.
#include "core/image/row_scaler.h"

#include "test/catch.h"

namespace acinus::test {

namespace {

// PyTorch 2.13 interpolates to a width of 1 wrongly (its second pass takes the wrong stride), so such an image is turned.
Tensor interpolated(const Tensor& image, int64_t height, int64_t width) {
  if (width == 1) return interpolated(image.transpose(1, 2).contiguous(), 1, height).transpose(1, 2);
  return at::_upsample_bilinear2d_aa(image.to(at::kDouble).unsqueeze(0), {height, width}, /*align_corners=*/false)[0];
}

}  // namespace

TEST_CASE("an image is scaled as PyTorch's antialiased bilinear interpolation scales it, whatever the rows at a time") {
  const auto [from, to] = GENERATE(table<std::pair<int64_t, int64_t>, std::pair<int64_t, int64_t>>({
      {{1, 1}, {3, 5}},
      {{17, 40}, {17, 23}},
      {{61, 29}, {7, 4}},
      {{31, 45}, {97, 160}},
      {{200, 3}, {63, 1}},
  }));
  const Tensor image = at::rand({2, from.first, from.second}) * 255;
  const Tensor expected = interpolated(image, to.first, to.second);
  const Tensor whole = scaled_rows(image, to.first, to.second);
  REQUIRE(whole.sizes() == expected.sizes());
  CHECK((whole - expected).abs().max().item<double>() < 1e-3);

  for (const int64_t rows : {1, 2, 5}) {
    RowScaler scaler(2, from.first, from.second, to.first, to.second);
    std::vector<Tensor> parts;
    int64_t made = 0;
    for (int64_t top = 0; top < from.first; top += rows) {
      parts.push_back(scaler.add(image.slice(1, top, std::min(top + rows, from.first))));
      made += parts.back().size(1);
      CHECK(scaler.needed(made) <= std::min(top + rows, from.first));
    }
    CHECK(at::equal(at::cat(parts, 1), whole));
  }
}

}  // namespace acinus::test
