// Predictions as the grey values of a picture.
#pragma once

#include <cstdint>

namespace acinus {

// 255 where a byte is not 0, otherwise 0.
void grey_mask(const uint8_t* mask, int64_t count, uint8_t* out);
// Probabilities times the largest value of the type, rounded; halves upwards.
void grey_probability(const float* probability, int64_t count, uint8_t* out);
void grey_probability(const float* probability, int64_t count, uint16_t* out);
// Labels as they are; in 16 bits at most 65535.
void grey_labels(const int32_t* labels, int64_t count, uint16_t* out);
void grey_labels(const int32_t* labels, int64_t count, uint32_t* out);

}  // namespace acinus
