#include "core/data/batcher.h"

#include "core/error.h"
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

Batch gather(const SampleStore& store, const std::vector<int64_t>& indices, int64_t crop_size, const AugmentKey& key,
             torch::Device device, const std::vector<int64_t>& samples) {
  if (indices.empty()) throw Error("ACINUS_INVALID_ARGUMENT", "A batch needs at least one image.");
  if (!samples.empty() && samples.size() != indices.size()) {
    throw Error("ACINUS_INVALID_ARGUMENT", std::to_string(samples.size()) + " sample numbers were given for a batch of " +
                                               std::to_string(indices.size()) + " images.");
  }
  std::vector<Tensor> images, masks;
  for (size_t i = 0; i < indices.size(); ++i) {
    const Sample& sample = with_mask(store, indices[i]);
    if (crop_size > 0) {
      const int64_t number = samples.empty() ? indices[i] : samples[i];
      RandomStream random(key.seed, Purpose::kCrop, key.epoch, static_cast<uint64_t>(number));
      const int64_t top = crop_start(sample.image.size(1), crop_size, random);
      const int64_t left = crop_start(sample.image.size(2), crop_size, random);
      images.push_back(crop(sample.image, top, left, crop_size));
      masks.push_back(crop(sample.mask, top, left, crop_size));
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
  return {torch::stack(images).to(device), torch::stack(masks).to(device)};
}

}  // namespace acinus
