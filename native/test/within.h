// Comparisons with a reference whose result docs/fidelity.md tells.
#pragma once

#include <cstdlib>
#include <fstream>
#include <string>

#include "core/io/json.h"
#include "test/catch.h"

namespace acinus::test {

// Requires a difference from a reference to be at most `bound`, and notes it in the file that ACINUS_FIDELITY names, as
// test/within.ts does. `part` is the row of the page.
inline void within(const std::string& part, double difference, double bound) {
  if (const char* file = std::getenv("ACINUS_FIDELITY")) {
    std::ostringstream line;
    line << std::setprecision(17) << "{\"part\":" << json_string(part) << ",\"difference\":" << difference
         << ",\"bound\":" << bound << "}\n";
    std::ofstream(file, std::ios::app) << line.str();
  }
  CAPTURE(part);
  REQUIRE(difference <= bound);
}

}  // namespace acinus::test
