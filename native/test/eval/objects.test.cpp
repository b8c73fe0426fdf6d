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

TEST_CASE("touching cells that are predicted apart are matched one to one", "[eval]") {
  const Components truth = cells({"112233", "112233"});
  const ObjectCounts counts = count_objects(truth, truth, 2, 6);
  CHECK(counts.matched == 3);
  CHECK(counts.matched_iou == 3);
  CHECK(counts.merged == 0);
}

}  // namespace acinus::test
