// How bright the images of a data set are.
#pragma once

#include "core/data/sample_store.h"
#include "core/image/intensity.h"

namespace acinus {

// Adds the values of all images to `counts`, 3 × 256, a row a channel. `noise` of the result holds three values an image.
Spread measure_samples(const SampleStore& store, const std::vector<int64_t>& indices, double* counts);

}  // namespace acinus
