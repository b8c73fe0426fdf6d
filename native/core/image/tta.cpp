#include "core/image/tta.h"

#include <algorithm>

#include "core/error.h"

namespace acinus {

namespace {

enum Transform { kIdentity, kHorizontalFlip, kVerticalFlip, kRotate90, kRotate180, kRotate270, kTranspose, kTransverse };

constexpr const char* kNames[kTestTimeTransforms] = {"identity", "hflip",  "vflip",     "rot90",
                                                     "rot180",   "rot270", "transpose", "transverse"};

void check(int transform) {
  if (transform < 0 || transform >= kTestTimeTransforms) {
    throw Error("ACINUS_INVALID_ARGUMENT",
                "There is no test-time transform " + std::to_string(transform) + "; they are numbered 0 to " +
                    std::to_string(kTestTimeTransforms - 1) + ".",
                {.value = static_cast<double>(transform)});
  }
}

}  // namespace

const char* test_time_transform_name(int transform) {
  check(transform);
  return kNames[transform];
}

std::vector<int> test_time_transforms(const std::vector<std::string>& names) {
  std::vector<int> out;
  for (const std::string& name : names) {
    const auto* const found = std::find(std::begin(kNames), std::end(kNames), name);
    if (found == std::end(kNames)) throw Error("ACINUS_CONFIG", "'" + name + "' is no test-time transform.", {.value = name});
    out.push_back(static_cast<int>(found - std::begin(kNames)));
  }
  return out;
}

// Rotations are counter-clockwise, as torch.rot90 and numpy.rot90 turn.
Tensor test_time_transform(const Tensor& image, int transform) {
  check(transform);
  switch (transform) {
    case kHorizontalFlip:
      return image.flip(-1);
    case kVerticalFlip:
      return image.flip(-2);
    case kRotate90:
    case kRotate180:
    case kRotate270:
      return torch::rot90(image, transform - kRotate90 + 1, {-2, -1});
    case kTranspose:
      return image.transpose(-2, -1);
    case kTransverse:
      return image.transpose(-2, -1).flip({-2, -1});
    default:
      return image;
  }
}

Tensor inverse_test_time_transform(const Tensor& image, int transform) {
  if (transform == kRotate90) return test_time_transform(image, kRotate270);
  if (transform == kRotate270) return test_time_transform(image, kRotate90);
  return test_time_transform(image, transform);
}

}  // namespace acinus
