// Rows of numbers that do not fit into memory, in a temporary file that nobody else sees and that ends with its owner.
#pragma once

#include <cstdint>

namespace acinus {

class RowStore {
 public:
  explicit RowStore(int64_t width);  // in the folder that TMPDIR names, or /tmp; ACINUS_WRITE_FAILED
  ~RowStore();
  RowStore(const RowStore&) = delete;
  RowStore& operator=(const RowStore&) = delete;

  void append(const float* values, int64_t rows);                           // ACINUS_WRITE_FAILED
  void read(int64_t row, int64_t column, int64_t count, float* out) const;  // of one row

 private:
  int64_t width_, rows_ = 0;
  int file_;
};

}  // namespace acinus
