// Grey values as image files hold them: how they are spread, and how they become the bytes that a network sees.
// T is any of the types that files have: signed and unsigned integers of 8, 16 and 32 bits, float and double.
#pragma once

#include <cstdint>
#include <vector>

namespace acinus {

// Chosen channels of an image whose channels lie side by side.
struct Channels {
  int64_t height = 0, width = 0;
  int64_t count = 1;                // values a pixel
  std::vector<int64_t> picks = {};  // one to three of them
  int64_t pixels() const { return height * width; }
};

// Bins of a histogram: one a value in types of up to 16 bits, from the smallest on. Of wider types 2^18, by the upper bits of
// the value as float32 in ascending order: every power of two has 512.
template <class T>
int64_t intensity_bins();

struct Spread {
  int64_t not_finite = 0;           // NaN and the infinities; they are in no bin
  double minimum = 0, maximum = 0;  // of the finite values
  std::vector<double> noise = {};   // of each pick, as `noise_of` tells it
};

// Adds the values to `counts`, picks × bins. A pixel brighter than all but one around it counts as the second brightest of
// them: hot pixels, which come alone or in pairs, leave no trace.
template <class T>
Spread measure_intensity(const T* values, const Channels& channels, uint32_t* counts);

// Standard deviation of the noise between neighbours of a row. The mean of the smallest four fifths of their differences tells
// it: edges and single bright pixels lie above. At least what rounding to the image's own steps makes.
template <class T>
double noise_of(const T* values, int64_t height, int64_t width, int64_t stride);

// The grey value `low` becomes the level `from`, and `high` becomes `to`: linearly, beyond them too. Levels end at 0 and 255.
struct Window {
  double low = 0, high = 255, from = 0, to = 255;
};

// Writes H·W·3 bytes. One pick gives three equal channels, two give red and green over a blue of 0. `fill` stands for values
// that are not finite. With `hot`, a pixel above its window of whose eight neighbours all but one stay below
// half of it is a hot one: it gets the second brightest neighbour's level.
template <class T>
void map_intensity(const T* values, const Channels& channels, const std::vector<Window>& windows, double fill, bool hot,
                   uint8_t* rgb);

}  // namespace acinus
