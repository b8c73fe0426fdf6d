#include "core/eval/batches.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "core/error.h"

namespace acinus {

std::vector<std::vector<int64_t>> equal_size_batches(const SampleStore& store, const std::vector<int64_t>& indices,
                                                     int64_t batch_size, const std::vector<double>& scales) {
  if (indices.empty()) throw Error("ACINUS_EMPTY_SET", "There are no images to evaluate.");
  std::map<std::tuple<int64_t, int64_t, double>, std::vector<int64_t>> by_size;
  for (size_t position = 0; position < indices.size(); ++position) {
    const Sample& sample = store.at(indices[position]);
    if (!sample.mask.defined()) {
      throw Error("ACINUS_MISSING_MASK", "Image " + std::to_string(indices[position]) + " has no mask to compare with.",
                  {.value = static_cast<double>(indices[position])});
    }
    by_size[{sample.image.size(1), sample.image.size(2), scales.empty() ? 1.0 : scales.at(position)}].push_back(
        static_cast<int64_t>(position));
  }
  std::vector<std::vector<int64_t>> out;
  for (const auto& [size, positions] : by_size) {
    const auto count = static_cast<int64_t>(positions.size());
    for (int64_t begin = 0; begin < count; begin += batch_size) {
      out.emplace_back(positions.begin() + begin, positions.begin() + std::min(begin + batch_size, count));
    }
  }
  return out;
}

StackedSamples stack_samples(const SampleStore& store, const std::vector<int64_t>& indices,
                             const std::vector<int64_t>& positions) {
  std::vector<Tensor> pixels, masks;
  bool ignoring = false;
  for (const int64_t position : positions) {
    const Sample& sample = store.at(indices[position]);
    pixels.push_back(sample.image);
    masks.push_back(sample.mask);
    ignoring = ignoring || sample.ignoring;
  }
  return {at::stack(pixels), at::stack(masks), ignoring};
}

}  // namespace acinus
