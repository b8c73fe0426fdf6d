// The one place that includes Catch2 (native/test/catch2: the amalgamated release 3.7.1, unchanged).
#pragma once

#undef CHECK  // LibTorch has one of its own
#include "test/catch2/catch_amalgamated.hpp"
