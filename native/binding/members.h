// Networks as core functions take them, which keep none alive.
#pragma once

#include <memory>
#include <vector>

#include "core/predict/predictor.h"

namespace acinus::binding {

inline Members members_of(const std::vector<std::shared_ptr<Segmenter>>& kept) {
  Members out;
  for (const auto& one : kept) out.push_back(one.get());
  return out;
}

}  // namespace acinus::binding
