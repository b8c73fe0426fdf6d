#include "core/predict/strip_cells.h"

#include <algorithm>
#include <string>
#include <utility>

#include "core/error.h"
#include "core/image/depth.h"
#include "core/image/watershed.h"

namespace acinus {

StripCells::StripCells(int64_t height, int64_t width, double threshold, const SeparationOptions& separation)
    : height_(height), width_(width), threshold_(threshold), separation_(separation) {
  if (separation.watershed || separation.fill_holes > 0) probabilities_ = std::make_unique<RowStore>(width);
  equal_.add();  // background
  sums_.emplace_back();
}

StripCells::StripCells(int64_t height, int64_t width) : StripCells(height, width, 0, {}) { labelled_ = true; }

void StripCells::add_labels(const int32_t* labels, const float* probability) {
  for (int64_t x = 0; x < width_; ++x) {
    if (labels[x] == 0) continue;
    const int64_t begin = x;
    while (x + 1 < width_ && labels[x + 1] == labels[begin]) ++x;
    const Stretch stretch{static_cast<int32_t>(begin), static_cast<int32_t>(x + 1)};
    const auto label = static_cast<size_t>(labels[begin]);
    if (label >= sums_.size()) sums_.resize(label + 1);
    const Sums sums = sums_of(stretch, rows(), probability + begin);
    sums_[label].area == 0 ? void(sums_[label] = sums) : join(sums_[label], sums);
    runs_.push_back({stretch, labels[begin]});
  }
  row_starts_.push_back(static_cast<int64_t>(runs_.size()));
}

void StripCells::add(const float* probability, int64_t rows) {
  if (this->rows() + rows > height_) {
    throw Error("ACINUS_INVALID_ARGUMENT",
                std::to_string(this->rows() + rows) + " rows were given for an image of " + std::to_string(height_) + ".");
  }
  if (probabilities_) probabilities_->append(probability, rows);
  std::vector<Stretch> stretches;
  for (int64_t row = 0; row < rows; ++row) {
    const float* values = probability + row * width_;
    const auto foreground = [&](int64_t x) { return static_cast<double>(values[x]) >= threshold_; };
    stretches.clear();
    for (int64_t x = 0; x < width_; ++x) {
      if (!foreground(x)) continue;
      const int64_t begin = x;
      while (x < width_ && foreground(x)) ++x;
      stretches.push_back({static_cast<int32_t>(begin), static_cast<int32_t>(x)});
    }
    add_row(stretches, values);
  }
}

StripCells::Sums StripCells::sums_of(const Stretch& stretch, int64_t y, const float* probability) {
  const int64_t area = stretch.end - stretch.begin;
  Sums sums{.area = area,
            .x = area * (stretch.begin + stretch.end - 1) / 2,
            .y = y * area,
            .left = stretch.begin,
            .top = y,
            .right = stretch.end - 1,
            .bottom = y};
  for (int64_t i = 0; i < area; ++i) sums.score += score_steps(probability[i]);
  return sums;
}

void StripCells::join(Sums& into, const Sums& other) {
  into.area += other.area;
  into.x += other.x;
  into.y += other.y;
  into.score += other.score;
  into.left = std::min(into.left, other.left);
  into.top = std::min(into.top, other.top);
  into.right = std::max(into.right, other.right);
  into.bottom = std::max(into.bottom, other.bottom);
}

void StripCells::add_row(const std::vector<Stretch>& stretches, const float* probability) {
  const int64_t y = rows();
  const auto first = static_cast<size_t>(row_starts_.back());
  size_t above = y > 0 ? static_cast<size_t>(row_starts_[static_cast<size_t>(y) - 1]) : first;
  for (const Stretch& stretch : stretches) {
    // Runs above that reach from the column before to the one after touch this one, across corners too.
    int32_t label = 0;
    while (above < first && runs_[above].end < stretch.begin) ++above;
    for (size_t i = above; i < first && runs_[i].begin <= stretch.end; ++i) {
      const int32_t root = equal_.find(runs_[i].label);
      if (label != 0 && root != label) join(sums_[std::min(label, root)], sums_[std::max(label, root)]);
      label = label == 0 ? root : equal_.merge(label, root);
    }
    const Sums sums = sums_of(stretch, y, probability + stretch.begin);
    if (label == 0) {
      label = equal_.add();
      sums_.push_back(sums);
    } else {
      join(sums_[label], sums);
    }
    runs_.push_back({stretch, label});
  }
  row_starts_.push_back(static_cast<int64_t>(runs_.size()));
}

void StripCells::finish() {
  if (rows() != height_) {
    throw Error("ACINUS_INVALID_ARGUMENT",
                "Only " + std::to_string(rows()) + " of " + std::to_string(height_) + " rows were given.");
  }
  if (separation_.fill_holes > 0) fill_holes();
  if (!labelled_) {
    for (Run& run : runs_) run.label = equal_.find(run.label);
  }
  equal_ = {};
  if (separation_.watershed) split();
  number();
  probabilities_.reset();
  finished_ = true;
}

// As core/image/fill_holes.h: 4-connected parts of the background that do not touch the border.
void StripCells::fill_holes() {
  struct Hole {
    int64_t area;
    bool open;  // at the border, or too large
  };
  Equivalences equal;
  std::vector<Hole> holes;
  std::vector<std::vector<Run>> gaps(static_cast<size_t>(height_));  // what lies between the runs of each row
  for (int64_t y = 0; y < height_; ++y) {
    auto& row = gaps[static_cast<size_t>(y)];
    int32_t x = 0;
    for (int64_t i = row_starts_[y]; i <= row_starts_[y + 1]; ++i) {
      const bool last = i == row_starts_[y + 1];
      const int32_t end = last ? static_cast<int32_t>(width_) : runs_[i].begin;
      if (x < end) row.push_back({{x, end}, 0});
      if (!last) x = runs_[i].end;
    }
    size_t above = 0;
    const std::vector<Run> none;
    const auto& before = y > 0 ? gaps[static_cast<size_t>(y) - 1] : none;
    for (Run& gap : row) {
      while (above < before.size() && before[above].end <= gap.begin) ++above;
      const bool open = y == 0 || y == height_ - 1 || gap.begin == 0 || gap.end == width_;
      int32_t label = -1;
      for (size_t i = above; i < before.size() && before[i].begin < gap.end; ++i) {
        const int32_t root = equal.find(before[i].label);
        if (label >= 0 && root != label) {
          Hole& into = holes[std::min(label, root)];
          const Hole& other = holes[std::max(label, root)];
          into = {into.area + other.area, into.open || other.open};
        }
        label = label < 0 ? root : equal.merge(label, root);
      }
      if (label < 0) {
        label = equal.add();
        holes.push_back({0, false});
      }
      holes[label].area += gap.end - gap.begin;
      holes[label].open = holes[label].open || open;
      gap.label = label;
    }
  }

  const std::vector<Run> runs = std::exchange(runs_, {});
  const std::vector<int64_t> starts = std::exchange(row_starts_, {0});
  equal_ = {};
  equal_.add();
  sums_.assign(1, {});
  std::vector<float> probability(static_cast<size_t>(width_));
  std::vector<Stretch> stretches;
  for (int64_t y = 0; y < height_; ++y) {
    stretches.clear();
    for (int64_t i = starts[y]; i < starts[y + 1]; ++i) stretches.push_back(runs[i]);
    for (const Run& gap : gaps[static_cast<size_t>(y)]) {
      const Hole& hole = holes[equal.find(gap.label)];
      if (!hole.open && hole.area <= separation_.fill_holes) stretches.push_back(gap);
    }
    std::sort(stretches.begin(), stretches.end(), [](const Stretch& a, const Stretch& b) { return a.begin < b.begin; });
    size_t count = 0;
    for (const Stretch& next : stretches) {
      if (count > 0 && stretches[count - 1].end == next.begin) {
        stretches[count - 1].end = next.end;
      } else {
        stretches[count++] = next;
      }
    }
    stretches.resize(count);
    probabilities_->read(y, 0, width_, probability.data());
    add_row(stretches, probability.data());
  }
}

// Each connected part by itself, in its box and the pixels around: the nearest pixel outside of it is among them.
void StripCells::split() {
  order_by_cell(static_cast<int32_t>(sums_.size()) - 1);
  struct Piece : Run {
    int64_t y;
  };
  std::vector<Piece> pieces;
  const std::vector<Sums> parts = std::exchange(sums_, std::vector<Sums>(1));
  std::vector<uint8_t> mask;
  std::vector<float> probability, landscape;
  std::vector<int32_t> hills;
  for (size_t part = 1; part < parts.size(); ++part) {
    if (cell_starts_[part - 1] == cell_starts_[part]) continue;  // joined with another one
    const Sums& box = parts[part];
    const int64_t left = std::max<int64_t>(box.left - 1, 0), right = std::min(box.right + 2, width_);
    const int64_t top = std::max<int64_t>(box.top - 1, 0), bottom = std::min(box.bottom + 2, height_);
    const int64_t width = right - left, height = bottom - top;
    const auto size = static_cast<size_t>(width * height);
    mask.assign(size, 0);
    probability.assign(size, 0);
    landscape.resize(size);
    hills.resize(size);
    const auto each_run = [&](auto&& body) {
      auto row = std::upper_bound(row_starts_.begin(), row_starts_.end(), int64_t{cell_runs_[cell_starts_[part - 1]]}) - 1;
      for (int64_t i = cell_starts_[part - 1]; i < cell_starts_[part]; ++i) {
        while (*(row + 1) <= cell_runs_[i]) ++row;
        const int64_t y = row - row_starts_.begin();
        body(runs_[cell_runs_[i]], y, (y - top) * width - left);
      }
    };
    each_run([&](const Run& run, int64_t y, int64_t line) {
      std::fill(mask.begin() + line + run.begin, mask.begin() + line + run.end, 1);
      probabilities_->read(y, run.begin, run.end - run.begin, probability.data() + line + run.begin);
    });
    depth_inside(mask.data(), height, width, landscape.data());
    const auto weight = static_cast<float>(separation_.probability_weight);
    if (weight != 0) {
      for (size_t i = 0; i < size; ++i) landscape[i] += weight * probability[i];
    }
    const int32_t count = watershed(mask.data(), landscape.data(), height, width, separation_.h, hills.data());
    const auto before = static_cast<int32_t>(sums_.size()) - 1;
    sums_.resize(sums_.size() + static_cast<size_t>(count));
    each_run([&](const Run& run, int64_t y, int64_t line) {
      for (int32_t x = run.begin; x < run.end;) {
        const int32_t begin = x, hill = hills[line + x];
        while (x < run.end && hills[line + x] == hill) ++x;
        const Sums sums = sums_of({begin, x}, y, probability.data() + line + begin);
        Sums& own = sums_[before + hill];
        own.area == 0 ? void(own = sums) : join(own, sums);
        pieces.push_back({{{begin, x}, before + hill}, y});
      }
    });
  }

  std::sort(pieces.begin(), pieces.end(),
            [](const Piece& a, const Piece& b) { return std::pair(a.y, a.begin) < std::pair(b.y, b.begin); });
  runs_.clear();
  row_starts_.assign(1, 0);
  for (const Piece& piece : pieces) {
    while (rows() <= piece.y) row_starts_.push_back(static_cast<int64_t>(runs_.size()));
    runs_.push_back(piece);
    row_starts_.back() = static_cast<int64_t>(runs_.size());
  }
  row_starts_.resize(static_cast<size_t>(height_) + 1, static_cast<int64_t>(runs_.size()));
}

// Final labels, in raster order of the cells' first pixels; cells that are too small become background.
void StripCells::number() {
  constexpr int32_t kUnknown = -1;
  std::vector<int32_t> numbers(sums_.size(), kUnknown);
  size_t kept = 0;
  for (int64_t y = 0; y < height_; ++y) {
    const auto begin = static_cast<size_t>(row_starts_[y]), end = static_cast<size_t>(row_starts_[y + 1]);
    row_starts_[y] = static_cast<int64_t>(kept);
    for (size_t i = begin; i < end; ++i) {
      const Sums& sums = sums_[runs_[i].label];
      int32_t& label = numbers[runs_[i].label];
      if (label == kUnknown && (separation_.minimum_size <= 1 || sums.area >= separation_.minimum_size)) {
        const auto area = static_cast<double>(sums.area);
        cells_.push_back({sums.area, static_cast<double>(sums.x) / area, static_cast<double>(sums.y) / area, sums.left,
                          sums.top, sums.right, sums.bottom, mean_score(sums.score, sums.area)});
        label = static_cast<int32_t>(cells_.size());
      }
      if (label == kUnknown) continue;
      const int32_t found = label;
      runs_[kept] = runs_[i];
      runs_[kept++].label = found;
    }
  }
  runs_.resize(kept);
  row_starts_.back() = static_cast<int64_t>(kept);
  sums_ = {};
  order_by_cell(static_cast<int32_t>(cells_.size()));
}

void StripCells::order_by_cell(int32_t count) {
  cell_starts_.assign(static_cast<size_t>(count) + 1, 0);
  for (const Run& run : runs_) ++cell_starts_[run.label];
  for (size_t i = 1; i < cell_starts_.size(); ++i) cell_starts_[i] += cell_starts_[i - 1];
  std::vector<int64_t> next(cell_starts_.begin(), cell_starts_.end());
  cell_runs_.resize(runs_.size());
  for (size_t i = 0; i < runs_.size(); ++i) cell_runs_[next[runs_[i].label - 1]++] = static_cast<uint32_t>(i);
}

}  // namespace acinus
