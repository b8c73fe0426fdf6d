#include "core/data/sample_store.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/ignored.h"

namespace acinus {

namespace {

void set_mask(Sample& sample, const uint8_t* mask, int64_t height, int64_t width) {
  const int64_t pixels = height * width;
  sample.mask = torch::empty({1, height, width}, torch::kUInt8);
  auto* cells = sample.mask.data_ptr<uint8_t>();
  for (int64_t i = 0; i < pixels; ++i) cells[i] = mask[i] == kIgnored ? kIgnored : mask[i] != 0;
  sample.ignoring = std::find(cells, cells + pixels, kIgnored) != cells + pixels;
}

}  // namespace

int64_t SampleStore::add(const uint8_t* rgb, const uint8_t* mask, int64_t height, int64_t width) {
  if (height < 1 || width < 1) {
    throw Error("ACINUS_INVALID_ARGUMENT",
                "A sample of " + std::to_string(height) + "×" + std::to_string(width) + " pixels is empty.");
  }
  const int64_t pixels = height * width;
  Sample sample;
  sample.image = torch::empty({3, height, width}, torch::kUInt8);
  auto* planes = sample.image.data_ptr<uint8_t>();
  for (int64_t i = 0; i < pixels; ++i) {
    for (int64_t c = 0; c < 3; ++c) planes[c * pixels + i] = rgb[3 * i + c];
  }
  if (mask != nullptr) set_mask(sample, mask, height, width);
  samples_.push_back(std::move(sample));
  return size() - 1;
}

int64_t SampleStore::add_shared(const SampleStore& from, int64_t index, const uint8_t* mask, std::optional<double> weight) {
  Sample sample = from.at(index);
  sample.weight = weight.value_or(sample.weight);
  if (!(std::isfinite(sample.weight) && sample.weight >= 0)) {
    throw Error("ACINUS_INVALID_ARGUMENT", "A sample's weight must be finite and at least 0.", {.value = sample.weight});
  }
  if (mask != nullptr) {
    set_mask(sample, mask, sample.image.size(1), sample.image.size(2));
    sample.instances = Tensor();
  }
  samples_.push_back(std::move(sample));
  return size() - 1;
}

void SampleStore::set_instances(int64_t index, const int32_t* labels, int64_t count) {
  const Tensor& image = at(index).image;
  const int64_t height = image.size(1), width = image.size(2);
  if (count != height * width) {
    throw Error("ACINUS_INVALID_ARGUMENT", std::to_string(count) + " labels are not one for each pixel of " +
                                               std::to_string(height) + "×" + std::to_string(width) + ".");
  }
  Tensor copy = torch::empty({height, width}, torch::kInt32);
  std::copy(labels, labels + count, copy.data_ptr<int32_t>());
  Sample& sample = samples_[static_cast<size_t>(index)];
  if (sample.ignoring) copy.masked_fill_(sample.mask[0] == kIgnored, 0);
  sample.instances = copy;
}

const Sample& SampleStore::at(int64_t index) const {
  if (index < 0 || index >= size()) {
    throw Error("ACINUS_INVALID_ARGUMENT",
                "Sample " + std::to_string(index) + " was asked for; the data set holds " + std::to_string(size()) + ".",
                {.value = static_cast<double>(index)});
  }
  return samples_[static_cast<size_t>(index)];
}

}  // namespace acinus
