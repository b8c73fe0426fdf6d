#include "core/ops/cpu/gabor_spectra.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>
#include <numbers>
#include <optional>

namespace acinus::ops::on_cpu {

namespace {

struct Factored {
  int length;
  std::vector<int> radices;
};
const Factored kLengths[] = {{64, {4, 4, 4}},     {80, {5, 4, 4}},     {96, {3, 4, 4, 2}}, {128, {4, 4, 4, 2}},
                             {144, {3, 3, 4, 4}}, {160, {5, 4, 4, 2}}, {192, {3, 4, 4, 4}}};

const std::vector<int>& radices_of(int length) {
  return std::find_if(std::begin(kLengths), std::end(kLengths), [=](const auto& one) { return one.length == length; })->radices;
}

// The frequency that stands at `place` (FourierPlan).
int frequency_at(int place, const std::vector<int>& radices, int length) {
  int frequency = 0, step = 1;
  for (const int radix : radices) {
    length /= radix;
    frequency += step * (place / length);
    place %= length;
    step *= radix;
  }
  return frequency;
}

// The spectra along y of what is even or odd along y in the columns of kernels.
class Columns {
 public:
  Columns(const Tensor& kernels, int length)
      : kernels_(kernels.const_data_ptr<double>()), radius_(kernels.size(1) / 2), length_(length) {
    for (int p = 0; p < length; ++p) {
      const double angle = 2 * std::numbers::pi * p / length;
      cosines_.push_back(std::cos(angle));
      sines_.push_back(std::sin(angle));
    }
  }

  // Σ over y of k(x, y)·cos(2πfy / length), k even.
  double even(int64_t kernel, int64_t x, int frequency) const {
    double sum = at(kernel, x, 0) + at(kernel, -x, 0);
    for_rows(frequency, [&](int64_t y, size_t turn) { sum += 2 * (at(kernel, x, y) + at(kernel, -x, y)) * cosines_[turn]; });
    return sum / 2;
  }
  // The same with sines, k odd.
  double odd(int64_t kernel, int64_t x, int frequency) const {
    double sum = 0;
    for_rows(frequency, [&](int64_t y, size_t turn) { sum += 2 * (at(kernel, x, y) - at(kernel, -x, y)) * sines_[turn]; });
    return sum / 2;
  }

 private:
  double at(int64_t kernel, int64_t x, int64_t y) const {
    const int64_t size = 2 * radius_ + 1;
    return kernels_[(kernel * size + y + radius_) * size + x + radius_];
  }
  // body(y, f·y modulo the length) for 1 ≤ y ≤ radius.
  template <class Body>
  void for_rows(int frequency, Body body) const {
    int turn = frequency;
    for (int64_t y = 1; y <= radius_; ++y) {
      body(y, static_cast<size_t>(turn));
      turn += frequency;
      if (turn >= length_) turn -= length_;
    }
  }

  const double* kernels_;
  int64_t radius_;
  int length_;
  std::vector<double> cosines_, sines_;
};

}  // namespace

GaborSpectra::GaborSpectra(const GaborBank& bank, int length)
    : length_(length), radius_(static_cast<int>(bank.kernels.size(1) / 2)), radices_(radices_of(length)) {
  int block = length;
  for (const int radix : radices_) {
    auto& twiddles = twiddles_.emplace_back();
    for (int place = 0; place < block / radix; ++place) {
      for (int q = 1; q < radix; ++q) {
        const double angle = -2 * std::numbers::pi * place * q / block;
        twiddles.push_back(static_cast<float>(std::cos(angle)));
        twiddles.push_back(static_cast<float>(std::sin(angle)));
      }
    }
    block /= radix;
  }

  std::vector<int64_t> pairs, single;
  const int64_t count = bank.kernels.size(0), wavelengths = count / bank.orientations;
  for (int64_t kernel = 0; kernel < count; ++kernel) {
    const int64_t twice = 2 * (kernel / wavelengths);
    if (twice == 0 || twice == bank.orientations) single.push_back(kernel);
    if (twice > 0 && twice < bank.orientations) pairs.push_back(kernel);  // its mirror image is the one at 180° − θ
  }
  pairs_ = static_cast<int>(pairs.size());
  single_ = static_cast<int>(single.size());

  const Columns columns(bank.kernels, length);
  const auto add = [&](std::vector<int64_t>& left, size_t count, bool paired) {
    for (; left.size() >= count; left.erase(left.begin(), left.begin() + static_cast<int64_t>(count))) {
      for (int place = 0; place < length; ++place) {
        const int f = frequency_at(place, radices_, length);
        for (int64_t x = 0; x <= radius_; ++x) {
          for (size_t k = 0; k < count; ++k) weights_.push_back(static_cast<float>(columns.even(left[k], x, f) / length));
          for (size_t k = 0; paired && x > 0 && k < count; ++k) {
            weights_.push_back(static_cast<float>(columns.odd(left[k], x, f) / length));
          }
        }
      }
    }
  };
  for (const size_t count : {3, 1}) add(pairs, count, true);
  for (const size_t count : {6, 3, 1}) add(single, count, false);
}

cpu::GaborBank GaborSpectra::view() const {
  cpu::GaborBank bank{{length_, static_cast<int>(radices_.size()), {}, {}}, radius_, pairs_, single_, weights_.data()};
  for (size_t s = 0; s < radices_.size(); ++s) {
    bank.plan.radix[s] = radices_[s];
    bank.plan.twiddles[s] = twiddles_[s].data();
  }
  return bank;
}

GaborCut gabor_cut(int64_t height, int radius) {
  std::optional<GaborCut> best;
  for (const auto& [length, radices] : kLengths) {
    const int64_t rows = length - 2 * radius;
    if (rows <= 0) continue;
    const int64_t bands = 2 * ((height + 2 * rows - 1) / (2 * rows));
    if (!best || length * bands < best->length * best->bands) best = {length, bands};
  }
  return *best;
}

std::shared_ptr<const GaborSpectra> gabor_spectra(const GaborBank& bank, int length) {
  struct Kept {
    Tensor kernels;
    std::map<int, std::shared_ptr<const GaborSpectra>> of_length;
  };
  static std::mutex mutex;
  static auto& last = *new Kept;  // never destroyed: LibTorch may be gone by then
  const std::lock_guard lock(mutex);
  if (!last.kernels.is_same(bank.kernels)) last = {bank.kernels, {}};
  auto& spectra = last.of_length[length];
  if (!spectra) spectra = std::make_shared<GaborSpectra>(bank, length);
  return spectra;
}

}  // namespace acinus::ops::on_cpu
