// Perimeters as scikit-image's `perimeter(mask, neighborhood=4)` counts them.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace acinus {

// The weight of a border pixel by its code: 1 for itself + 2 for each 4-neighbour + 10 for each diagonal neighbour on the
// border. A border pixel has a 4-neighbour outside; outside of the image counts as outside.
std::array<double, 50> perimeter_weights();

// The perimeter of each label from 1, by itself: other labels are outside. labels: H·W values of 0 … count.
std::vector<double> cell_perimeters(const int32_t* labels, int64_t height, int64_t width, int32_t count);

}  // namespace acinus
