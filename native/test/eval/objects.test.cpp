#include "core/eval/objects.h"

#include "core/image/components.h"
#include "test/catch.h"

namespace acinus::test {

namespace {

// A picture of digits, a line a row.
Components cells(const std::vector<std::string>& rows) {
  std::vector<int32_t> labels;
  for (const std::string& row : rows) {
    for (const char digit : row) labels.push_back(digit - '0');
  }
  return components_of(labels.data(), static_cast<int64_t>(labels.size()));
}

}  // namespace

TEST_CASE("given labels are numbered anew, without gaps, in raster order", "[eval]") {
  const Components found = cells({"0099", "7009", "7703"});
  CHECK(found.count == 3);
  CHECK(found.labels == std::vector<int32_t>{0, 0, 1, 1, 2, 0, 0, 1, 2, 2, 0, 3});
  CHECK(found.areas == std::vector<int64_t>{3, 3, 1});
}

TEST_CASE("a prediction over two touching halves is the partner of one of them", "[eval]") {
  const Components truth = cells({"1122", "1122"});
  const Components predicted = cells({"1111", "1111"});
  const ObjectCounts counts = count_objects(predicted, truth, 2, 4);
  CHECK(counts.truth == 2);
  CHECK(counts.matched == 1);
  CHECK(counts.matched_iou == 0.5);
  CHECK(counts.merged == 1);
  CHECK(counts.near_pairs == 1);
  CHECK(counts.near_merged == 1);
  // The other way round, one true cell has one of its two halves.
  const ObjectCounts split = count_objects(truth, predicted, 2, 4);
  CHECK(split.matched == 1);
  CHECK(split.split == 1);
}

TEST_CASE("every cell is told its match, its best overlap, and whether it is one of several", "[eval]") {
  // One prediction over the true cells 1 and 2; the true cell 3 in two pieces; 4 missed, and a phantom at the end.
  const Components truth = cells({"1122033330440000"});
  const Components predicted = cells({"1111022330000055"});
  const auto [real, found] = judge_cells(predicted, truth);
  CHECK(real[0].partner == 1);
  CHECK(real[0].iou == 0.5);
  CHECK((real[0].beside == 2 && real[1].beside == 2 && real[1].partner == 0));
  CHECK((found[0].holds == 2 && found[0].partner == 1));
  CHECK((real[2].holds == 2 && real[2].partner == 2));
  CHECK((found[1].beside == 2 && found[2].beside == 2 && found[2].partner == 0 && found[2].iou == 0.5));
  CHECK((real[3].partner == 0 && real[3].iou == 0 && real[3].beside == 0));
  CHECK((found[3].partner == 0 && found[3].iou == 0 && found[3].holds == 0));
  const ObjectCounts counts = match_objects(predicted, truth);
  CHECK((counts.matched == 2 && counts.merged == 1 && counts.split == 1));
}

TEST_CASE("touching cells that are predicted apart are matched one to one", "[eval]") {
  const Components truth = cells({"112233", "112233"});
  const ObjectCounts counts = count_objects(truth, truth, 2, 6);
  CHECK(counts.matched == 3);
  CHECK(counts.matched_iou == 3);
  CHECK(counts.merged == 0);
}

}  // namespace acinus::test
