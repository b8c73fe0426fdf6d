#include "core/image/components.h"

#include <unordered_map>

#include "core/image/equivalences.h"

namespace acinus {

int32_t label_components(const uint8_t* mask, int64_t height, int64_t width, int32_t* labels) {
  Equivalences equal;
  equal.add();  // background

  for (int64_t y = 0; y < height; ++y) {
    int32_t* row = labels + y * width;
    const int32_t* above = y > 0 ? row - width : nullptr;
    for (int64_t x = 0; x < width; ++x) {
      row[x] = 0;
      if (mask[y * width + x] == 0) continue;
      int32_t label = 0;
      const auto touch = [&](int32_t neighbour) {
        if (neighbour != 0) label = label == 0 ? neighbour : equal.merge(label, neighbour);
      };
      if (x > 0) touch(row[x - 1]);
      if (above != nullptr) {
        if (x > 0) touch(above[x - 1]);
        touch(above[x]);
        if (x + 1 < width) touch(above[x + 1]);
      }
      row[x] = label != 0 ? label : equal.add();
    }
  }

  int32_t count = 0;
  std::vector<int32_t> final_label(equal.size(), 0);
  for (int32_t label = 1; label < static_cast<int32_t>(equal.size()); ++label) {
    const int32_t root = equal.find(label);
    final_label[label] = root == label ? ++count : final_label[root];
  }
  for (int64_t i = 0; i < height * width; ++i) labels[i] = final_label[labels[i]];
  return count;
}

Components connected_components(const uint8_t* mask, int64_t height, int64_t width) {
  Components out;
  out.labels.resize(static_cast<size_t>(height * width));
  out.count = label_components(mask, height, width, out.labels.data());
  out.areas.assign(static_cast<size_t>(out.count), 0);
  for (const int32_t label : out.labels) {
    if (label != 0) ++out.areas[label - 1];
  }
  return out;
}

Components components_of(const int32_t* labels, int64_t pixels) {
  Components out;
  out.labels.assign(static_cast<size_t>(pixels), 0);
  std::unordered_map<int32_t, int32_t> numbers;
  int32_t last = 0, number = 0;  // along a row the label mostly stays the same
  for (int64_t i = 0; i < pixels; ++i) {
    if (labels[i] == 0) continue;
    if (labels[i] != last) {
      last = labels[i];
      const auto [found, is_new] = numbers.try_emplace(last, out.count + 1);
      number = found->second;
      if (is_new) {
        ++out.count;
        out.areas.push_back(0);
      }
    }
    out.labels[static_cast<size_t>(i)] = number;
    ++out.areas[static_cast<size_t>(number) - 1];
  }
  return out;
}

}  // namespace acinus
