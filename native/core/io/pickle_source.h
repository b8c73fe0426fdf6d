// What a pickle is read from.
#pragma once

#include <string>
#include <vector>

#include "core/io/read_file.h"

namespace acinus {

// A part of a file that is read from its begin to its end. Faults are std::invalid_argument.
class PickleSource {
 public:
  PickleSource(const ReadFile& file, uint64_t begin, uint64_t end) : file_(file), at_(begin), end_(end) {}
  uint64_t position() const { return at_; }
  uint64_t left() const { return end_ - at_; }
  void read(void* data, uint64_t bytes);
  std::string text(uint64_t bytes);  // checked against what is left before memory is taken
  std::string line();                // without its end
  void skip(uint64_t bytes);

 private:
  void fill();

  const ReadFile& file_;
  uint64_t at_, end_;
  std::vector<char> buffer_;
  uint64_t buffered_from_ = 0;
};

}  // namespace acinus
