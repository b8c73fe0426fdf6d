#include "core/eval/confusion.h"

#include <limits>

namespace acinus {

namespace {

double ratio(int64_t numerator, int64_t denominator) {
  return denominator == 0 ? std::numeric_limits<double>::quiet_NaN()
                          : static_cast<double>(numerator) / static_cast<double>(denominator);
}

}  // namespace

Confusion& Confusion::operator+=(const Confusion& other) {
  tp += other.tp;
  fp += other.fp;
  fn += other.fn;
  tn += other.tn;
  return *this;
}

Confusion confusion(const uint8_t* prediction, const uint8_t* truth, int64_t pixels) {
  Confusion counts;
  int64_t predicted = 0, real = 0;
  for (int64_t i = 0; i < pixels; ++i) {
    const bool p = prediction[i] != 0, t = truth[i] != 0;
    predicted += p;
    real += t;
    counts.tp += p && t;
  }
  counts.fp = predicted - counts.tp;
  counts.fn = real - counts.tp;
  counts.tn = pixels - predicted - counts.fn;
  return counts;
}

PixelScores pixel_scores(const Confusion& c, double empty_score) {
  const double specificity = ratio(c.tn, c.tn + c.fp);
  if (c.tp + c.fp + c.fn == 0) {
    return {
        .dice = empty_score, .iou = empty_score, .precision = empty_score, .recall = empty_score, .specificity = specificity};
  }
  return {.dice = ratio(2 * c.tp, 2 * c.tp + c.fp + c.fn),
          .iou = ratio(c.tp, c.tp + c.fp + c.fn),
          .precision = ratio(c.tp, c.tp + c.fp),
          .recall = ratio(c.tp, c.tp + c.fn),
          .specificity = specificity};
}

}  // namespace acinus
