#include "test/kernels/kernel_cases.h"

#include <algorithm>

namespace acinus::test {

using ops::KernelCase;

namespace {

struct Size {
  int64_t images, height, width;
};
using Channels = std::vector<int64_t>;

constexpr Size kSizes[] = {{1, 1, 1}, {2, 7, 5}, {3, 16, 33}, {1, 41, 40}};
// Below, at and above the width of a vector, and no multiples of it.
constexpr int64_t kWidths[] = {1, 3, 8, 16, 24, 40, 67, 96};
// From one number of channels to another.
const Channels kExpansions[] = {{3, 1}, {4, 16}, {13, 24}, {19, 40}, {40, 19}, {96, 67}, {208, 131}, {330, 112}};
// Few channels on one side, and with stride 1 on either.
const Channels kNarrow[] = {{1, 19}, {2, 40}, {3, 32}, {4, 16}, {16, 1}, {67, 2}, {19, 7}};
const Channels kGroups[] = {{5}, {16, 16}, {24, 3, 40}, {8, 1, 7, 33}};

bool any_of(const std::string& name, std::initializer_list<const char*> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// One pixel of one image has no variance to train on, and no output under a kernel wider than its padding.
bool possible(const KernelCase& one) {
  if (one.height * one.width * one.images > 1) return true;
  if (one.operation == "depthwise_conv2d") return one.stride == 1;
  return one.stride == 1 && !one.training;
}

void add_windows(std::vector<KernelCase>& out, const KernelCase& sized) {
  const std::string& name = sized.operation;
  for (const int64_t kernel : {3, 5}) {
    for (const int64_t stride : {1, 2}) {
      const auto add = [&](const Channels& channels, bool training, bool flat = false) {
        KernelCase one = sized;
        one.channels = channels;
        one.kernel = kernel;
        one.stride = stride;
        one.training = training;
        one.flat = flat;
        out.push_back(one);
      };
      if (name == "expanded_bottleneck") {
        for (const Channels& channels : kExpansions) add(channels, false);
      } else if (name == "patch_conv2d") {
        const auto few = [&](int64_t channels) { return kernel * kernel * channels <= 64; };
        for (const Channels& channels : kNarrow) {
          if (few(channels[0]) || (stride == 1 && few(channels[1]))) add(channels, false);
        }
      } else {
        for (const int64_t channels : {3, 16, 40, 67}) {
          add({channels}, channels != 40);
          // The statistics that come with a convolution, on which the next norm relies.
          if (name == "depthwise_conv2d" && std::min(sized.height, sized.width) >= kernel) add({channels}, true, /*flat=*/true);
        }
      }
    }
  }
}

}  // namespace

std::vector<KernelCase> network_cases(const std::string& operation) {
  std::vector<KernelCase> out;
  for (const Size& size : kSizes) {
    KernelCase sized{.operation = operation, .images = size.images, .height = size.height, .width = size.width};
    const auto add = [&](const Channels& channels, bool training) {
      sized.channels = channels;
      sized.training = training;
      out.push_back(sized);
    };
    if (operation == "stabilized_loss") {
      for (const bool training : {true, false}) {
        for (const int64_t images : {1, 2, 5, 8}) {
          sized.images = images;
          for (const bool flat : {false, true}) {
            sized.flat = flat;
            add({1}, training);
          }
        }
      }
    } else if (operation == "signed_distance") {
      for (const int64_t images : {1, 2, 3, 4, 5, 6}) {
        sized.images = images;
        add({1}, true);
      }
    } else if (operation == "adamw") {
      for (const int64_t channels : kWidths) add({channels}, false);
    } else if (operation == "upsample_cat_scse") {
      for (const Channels& channels : kGroups) add(channels, true);
    } else if (any_of(operation, {"depthwise_conv2d", "batch_norm_silu_depthwise_conv2d", "bottleneck",
                                  "batch_norm_silu_bottleneck", "expanded_bottleneck", "patch_conv2d"})) {
      add_windows(out, sized);
    } else if (any_of(operation, {"conv1x1_batch_norm_relu_add", "conv3x3_batch_norm_relu_add",
                                  "upsample_conv3x3_batch_norm_relu", "conv1x1", "conv3x3", "upsample_conv3x3"})) {
      for (const Channels& channels : kExpansions) add(channels, false);
    } else {
      for (size_t i = 0; i < std::size(kWidths); ++i) add({kWidths[i]}, i % 4 != 3);
    }
  }
  std::erase_if(out, [](const KernelCase& one) { return !possible(one); });
  return out;
}

std::vector<KernelCase> image_cases(const std::string& operation) {
  std::vector<Size> sizes(std::begin(kSizes), std::end(kSizes));
  sizes.insert(sizes.end(), {{2, 67, 131}, {1, 3, 300}});
  for (const int64_t height : {101, 150, 200, 256, 300}) sizes.push_back({1, height, 21});
  for (const int64_t side : {6, 37, 80}) sizes.push_back({1, side, side});
  std::vector<KernelCase> out;
  for (const auto& [images, height, width] : sizes) {
    for (const int64_t kernel : {1, 3, 31, 63}) {
      for (const int64_t count : {1, 2, 3, 4}) {
        out.push_back({.operation = operation,
                       .images = images,
                       .height = height,
                       .width = width,
                       .channels = {count},
                       .kernel = kernel,
                       .training = false});
      }
    }
  }
  return out;
}

}  // namespace acinus::test
