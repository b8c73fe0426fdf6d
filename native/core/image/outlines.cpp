#include "core/image/outlines.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace acinus {

namespace {

struct Corner {
  int32_t x, y;
};
using Corners = std::vector<Corner>;

struct Ring {
  int32_t label;
  bool hole;
  Corners corners;
};

// Directions in clockwise order on screen. Walking, the label's pixels lie on the right hand.
enum Direction { kRight, kDown, kLeft, kUp };
constexpr Corner kStep[] = {{1, 0}, {0, 1}, {-1, 0}, {0, -1}};
constexpr Corner kRightHand[] = {{0, 0}, {-1, 0}, {-1, -1}, {0, -1}};  // from a corner to the pixel beside its edge
constexpr Corner kLeftHand[] = {{0, -1}, {0, 0}, {-1, 0}, {-1, -1}};

// Twice the area within; positive for rings that run clockwise on screen.
int64_t twice_area(const Corners& ring) {
  int64_t sum = 0;
  for (size_t i = 0; i < ring.size(); ++i) {
    const auto [x, y] = ring[i];
    const auto [next_x, next_y] = ring[(i + 1) % ring.size()];
    sum += int64_t{x} * next_y - int64_t{next_x} * y;
  }
  return sum;
}

// Keeps the corners where the outline turns.
Corners simplified(const Corners& ring) {
  Corners out;
  for (size_t i = 0; i < ring.size(); ++i) {
    const Corner before = ring[(i + ring.size() - 1) % ring.size()], at = ring[i], next = ring[(i + 1) % ring.size()];
    const bool along_x = before.y == at.y && at.y == next.y, along_y = before.x == at.x && at.x == next.x;
    if (!along_x && !along_y) out.push_back(at);
  }
  return out;
}

// Labels: gives the label of a pixel, (x, y) → int32_t.
template <class Labels>
class Tracer {
 public:
  Tracer(Labels labels, int64_t height, int64_t width)
      : labels_(std::move(labels)), height_(height), width_(width), walked_(static_cast<size_t>(height * width), false) {}

  // In raster order of where each walk begins: the top edge of a pixel, which every walk has.
  std::vector<Ring> rings() {
    for (int64_t y = 0; y < height_; ++y) {
      for (int64_t x = 0; x < width_; ++x) {
        const int32_t label = labels_(x, y);
        if (label == 0 || walked_[y * width_ + x] || inside(label, x, y - 1)) continue;
        walk(label, static_cast<int32_t>(x), static_cast<int32_t>(y));
      }
    }
    return std::move(rings_);
  }

  // The left end of the run of pixels of one label in which this pixel lies.
  int64_t run_start(int64_t x, int64_t y) const {
    const int32_t label = labels_(x, y);
    while (inside(label, x - 1, y)) --x;
    return y * width_ + x;
  }

 private:
  bool inside(int32_t label, int64_t x, int64_t y) const {
    return x >= 0 && x < width_ && y >= 0 && y < height_ && labels_(x, y) == label;
  }
  bool edge(int32_t label, Corner at, int direction) const {
    const Corner right = kRightHand[direction], left = kLeftHand[direction];
    return inside(label, at.x + right.x, at.y + right.y) && !inside(label, at.x + left.x, at.y + left.y);
  }

  // Around one part of a label. A corner is passed twice where two of the part's pixels touch there only: the ring is cut.
  void walk(int32_t label, int32_t x, int32_t y) {
    Corners path;
    std::unordered_map<int64_t, size_t> touching;  // where in the path
    Corner at{x, y};
    int direction = kRight;
    do {
      if (direction == kRight) walked_[int64_t{at.y} * width_ + at.x] = true;
      if (touches(label, at)) {
        const int64_t key = int64_t{at.y} * (width_ + 1) + at.x;
        if (const auto seen = touching.find(key); seen != touching.end()) cut(label, path, seen->second, touching);
        touching[key] = path.size();
      }
      path.push_back(at);
      at = {at.x + kStep[direction].x, at.y + kStep[direction].y};
      // Right first: where two pixels touch at a corner, the walk stays with the one that it follows.
      const int right = (direction + 1) % 4, back_left = (direction + 3) % 4;
      direction = edge(label, at, right) ? right : edge(label, at, direction) ? direction : back_left;
    } while (at.x != x || at.y != y || direction != kRight);
    add(label, path);
  }

  // Are two pixels of the label opposite each other at this corner, and the other two not of it?
  bool touches(int32_t label, Corner at) const {
    const bool a = inside(label, at.x - 1, at.y - 1), b = inside(label, at.x, at.y - 1);
    return inside(label, at.x, at.y) == a && inside(label, at.x - 1, at.y) == b && a != b;
  }

  void cut(int32_t label, Corners& path, size_t from, std::unordered_map<int64_t, size_t>& touching) {
    const Corners loop(path.begin() + static_cast<int64_t>(from), path.end());
    path.resize(from);
    for (const Corner corner : loop) touching.erase(int64_t{corner.y} * (width_ + 1) + corner.x);
    add(label, loop);
  }

  void add(int32_t label, const Corners& path) { rings_.push_back({label, twice_area(path) < 0, simplified(path)}); }

  Labels labels_;
  int64_t height_, width_;
  std::vector<bool> walked_;  // top edges
  std::vector<Ring> rings_;
};

// Whose holes are whose. The pixels left of a hole's leftmost edge belong to the polygon around it; the run of pixels there
// begins at an edge of that polygon, of its outer ring or of a hole that lies further left.
template <class Labels>
class Owners {
 public:
  // rings: those of one label.
  Owners(const Tracer<Labels>& tracer, const std::vector<const Ring*>& rings, int64_t width)
      : tracer_(tracer), rings_(rings), width_(width), owners_(rings.size(), kUnknown) {
    for (size_t i = 0; i < rings.size(); ++i) {
      for_each_left_edge(*rings[i], [&](int64_t pixel) { left_edges_.emplace_back(pixel, i); });
    }
    std::sort(left_edges_.begin(), left_edges_.end());
  }

  size_t of(size_t ring) {
    std::vector<size_t> chain;
    while (owners_[ring] == kUnknown && rings_[ring]->hole) {
      chain.push_back(ring);
      ring = left_of(*rings_[ring]);
    }
    const size_t owner = rings_[ring]->hole ? owners_[ring] : ring;
    for (const size_t one : chain) owners_[one] = owner;
    return owner;
  }

 private:
  static constexpr size_t kUnknown = SIZE_MAX;

  // Pixels whose left edge is part of the ring: where it runs upwards.
  template <class Body>
  void for_each_left_edge(const Ring& ring, Body&& body) const {
    for (size_t i = 0; i < ring.corners.size(); ++i) {
      const Corner from = ring.corners[i], to = ring.corners[(i + 1) % ring.corners.size()];
      for (int64_t y = to.y; y < from.y; ++y) body(y * width_ + from.x);
    }
  }

  size_t left_of(const Ring& hole) const {
    const Corner* leftmost = &hole.corners[0];
    for (const Corner& corner : hole.corners) {
      if (std::pair(corner.x, corner.y) < std::pair(leftmost->x, leftmost->y)) leftmost = &corner;
    }
    const int64_t pixel = tracer_.run_start(leftmost->x - 1, leftmost->y);
    return std::lower_bound(left_edges_.begin(), left_edges_.end(), std::pair(pixel, size_t{0}))->second;
  }

  const Tracer<Labels>& tracer_;
  const std::vector<const Ring*>& rings_;
  int64_t width_;
  std::vector<std::pair<int64_t, size_t>> left_edges_;  // pixel, ring; each pixel once
  std::vector<size_t> owners_;                          // of holes
};

void append_ring(Outlines& out, const Ring& ring) {
  for (const Corner corner : ring.corners) {
    out.corners.push_back(corner.x);
    out.corners.push_back(corner.y);
  }
  out.ring_starts.push_back(static_cast<double>(out.corners.size() / 2));
}

template <class Labels>
void append_cell(Outlines& out, const Tracer<Labels>& tracer, const std::vector<const Ring*>& rings, int64_t width) {
  const bool plain = std::none_of(rings.begin(), rings.end(), [](const Ring* ring) { return ring->hole; });
  std::vector<std::vector<const Ring*>> holes(rings.size());
  if (!plain) {
    Owners owners(tracer, rings, width);
    for (size_t i = 0; i < rings.size(); ++i) {
      if (rings[i]->hole) holes[owners.of(i)].push_back(rings[i]);
    }
  }
  for (size_t i = 0; i < rings.size(); ++i) {
    if (rings[i]->hole) continue;
    append_ring(out, *rings[i]);
    for (const Ring* hole : holes[i]) append_ring(out, *hole);
    out.polygon_starts.push_back(static_cast<double>(out.ring_starts.size() - 1));
  }
  out.cell_starts.push_back(static_cast<double>(out.polygon_starts.size() - 1));
}

template <class Labels>
Outlines traced(Labels labels, int64_t height, int64_t width, int32_t count) {
  Tracer<Labels> tracer(std::move(labels), height, width);
  const std::vector<Ring> rings = tracer.rings();
  std::vector<std::vector<const Ring*>> of_label(static_cast<size_t>(count));
  for (const Ring& ring : rings) of_label[ring.label - 1].push_back(&ring);
  Outlines out{{}, {0}, {0}, {0}};
  for (const auto& own : of_label) append_cell(out, tracer, own, width);
  return out;
}

}  // namespace

Outlines trace_outlines(const int32_t* labels, int64_t height, int64_t width, int32_t count) {
  return traced([labels, width](int64_t x, int64_t y) { return labels[y * width + x]; }, height, width, count);
}

Outlines trace_outline(const std::function<bool(int64_t x, int64_t y)>& inside, int64_t height, int64_t width) {
  return traced([&inside](int64_t x, int64_t y) { return inside(x, y) ? 1 : 0; }, height, width, 1);
}

void append_outlines(Outlines& out, const Outlines& more, int64_t x, int64_t y) {
  for (size_t i = 0; i < more.corners.size(); i += 2) {
    out.corners.push_back(more.corners[i] + static_cast<int32_t>(x));
    out.corners.push_back(more.corners[i + 1] + static_cast<int32_t>(y));
  }
  const auto append = [](std::vector<double>& starts, const std::vector<double>& others) {
    const double end = starts.back();
    for (size_t i = 1; i < others.size(); ++i) starts.push_back(end + others[i]);
  };
  append(out.ring_starts, more.ring_starts);
  append(out.polygon_starts, more.polygon_starts);
  append(out.cell_starts, more.cell_starts);
}

}  // namespace acinus
