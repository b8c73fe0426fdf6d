// Cells as COCO's masks: run lengths, column by column.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace acinus {

// labels: H·W values of 0 … count. Returns for each label the text of pycocotools' compressed run lengths: how many pixels lie
// outside, inside, outside, … of it, counted down the columns. One pass over the pixels, whatever the number of labels.
std::vector<std::string> run_lengths(const int32_t* labels, int64_t height, int64_t width, int32_t count);

// Part of an image of height × width pixels.
struct ImagePart {
  int64_t left, top, height, width;
};
// The same text for one cell, of which only its box is laid out: box is 1 in the cell, otherwise 0.
std::string run_lengths_of_box(const int32_t* box, const ImagePart& part, int64_t height, int64_t width);

}  // namespace acinus
