#include "core/data/batcher.h"

#include <algorithm>

#include "core/error.h"
#include "core/image/components.h"
#include "core/ops/border.h"
#include "core/ops/random.h"

namespace acinus {

namespace {

// Where a crop of `size` begins on an axis of `length` pixels. Where the image is smaller it begins outside, and reflects.
int64_t crop_start(int64_t length, int64_t size, RandomStream& random) {
  const auto places = static_cast<uint64_t>(std::abs(length - size) + 1);
  const auto place = static_cast<int64_t>(random.below(places));
  return length >= size ? place : -place;
}

struct Place {
  int64_t top, left;
};

// The mean position of one component, each as likely as another; nothing where there is none.
std::optional<Place> centre_of_cell(const Tensor& given, RandomStream& random) {
  const Tensor mask = given.eq(1).to(torch::kByte).contiguous();  // pixels that are ignored are no cells
  const int64_t height = mask.size(1), width = mask.size(2);
  const Components cells = connected_components(mask.const_data_ptr<uint8_t>(), height, width);
  if (cells.count == 0) return std::nullopt;
  const auto chosen = static_cast<int32_t>(1 + random.below(static_cast<uint64_t>(cells.count)));
  int64_t rows = 0, columns = 0;
  for (int64_t i = 0; i < height * width; ++i) {
    if (cells.labels[static_cast<size_t>(i)] != chosen) continue;
    rows += i / width;
    columns += i % width;
  }
  const int64_t area = cells.areas[static_cast<size_t>(chosen - 1)];
  return Place{rows / area, columns / area};
}

int64_t start_around(int64_t centre, int64_t length, int64_t size) {
  return std::clamp<int64_t>(centre - size / 2, 0, length - size);
}

// Where a crop begins. An axis that is shorter than the crop has its place by chance.
Place place_of(const Sample& sample, const CropOptions& crops, RandomStream& random) {
  const int64_t height = sample.image.size(1), width = sample.image.size(2);
  const bool on_cell = crops.on_cells > 0 && random.chance(crops.on_cells);
  const auto centre = on_cell ? centre_of_cell(sample.mask, random) : std::nullopt;
  Place place{crop_start(height, crops.size, random), crop_start(width, crops.size, random)};
  if (centre && height >= crops.size) place.top = start_around(centre->top, height, crops.size);
  if (centre && width >= crops.size) place.left = start_around(centre->left, width, crops.size);
  return place;
}

Tensor crop(const Tensor& image, int64_t top, int64_t left, int64_t size) {
  const int64_t height = image.size(1), width = image.size(2);
  const auto cut = [size](const Tensor& from, int64_t axis, int64_t start, int64_t length) {
    if (length >= size) return from.narrow(axis, start, size);
    return from.index_select(axis, reflected_indices(start, size, length, from.device()));
  };
  return cut(cut(image, 1, top, height), 2, left, width);
}

const Sample& with_mask(const SampleStore& store, int64_t index) {
  const Sample& sample = store.at(index);
  if (!sample.mask.defined()) {
    throw Error("ACINUS_MISSING_MASK",
                "Sample " + std::to_string(index) + " has no mask, and a batch needs one for every image.",
                {.value = static_cast<double>(index)});
  }
  return sample;
}

std::string size_of(const Sample& sample) {
  return std::to_string(sample.image.size(1)) + "×" + std::to_string(sample.image.size(2));
}

}  // namespace

Batch gather(const SampleStore& store, const std::vector<int64_t>& indices, const CropOptions& crops, const AugmentKey& key,
             torch::Device device, const std::vector<int64_t>& samples) {
  if (indices.empty()) throw Error("ACINUS_INVALID_ARGUMENT", "A batch needs at least one image.");
  if (!samples.empty() && samples.size() != indices.size()) {
    throw Error("ACINUS_INVALID_ARGUMENT", std::to_string(samples.size()) + " sample numbers were given for a batch of " +
                                               std::to_string(indices.size()) + " images.");
  }
  std::vector<Tensor> images, masks;
  bool ignoring = false, weighted = false;
  std::vector<double> weights;
  for (size_t i = 0; i < indices.size(); ++i) {
    const Sample& sample = with_mask(store, indices[i]);
    ignoring = ignoring || sample.ignoring;
    weighted = weighted || sample.weight != 1;
    weights.push_back(sample.weight);
    if (crops.size > 0) {
      const int64_t number = samples.empty() ? indices[i] : samples[i];
      RandomStream random(key.seed, Purpose::kCrop, key.epoch, static_cast<uint64_t>(number));
      const auto [top, left] = place_of(sample, crops, random);
      images.push_back(crop(sample.image, top, left, crops.size));
      masks.push_back(crop(sample.mask, top, left, crops.size));
      continue;
    }
    if (!images.empty() && images.front().sizes() != sample.image.sizes()) {
      throw Error("ACINUS_MIXED_SIZES",
                  "Images of " + size_of(with_mask(store, indices[0])) + " and " + size_of(sample) +
                      " pixels cannot share a batch. Train on crops of one size (cropSize), or use batchSize 1.");
    }
    images.push_back(sample.image);
    masks.push_back(sample.mask);
  }
  if (!weighted) weights.clear();
  return {torch::stack(images).to(device), torch::stack(masks).to(device), ignoring, std::move(weights)};
}

}  // namespace acinus
