// Outputs of independent programs, made by test/fixtures/make.
#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "core/io/json.h"

namespace acinus::test {

// `name` below test/fixtures.
inline Json read_fixture(const std::string& name) {
  const auto path = std::filesystem::path(ACINUS_FIXTURES) / name;
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("There is no fixture " + path.string());
  std::ostringstream text;
  text << file.rdbuf();
  return parse_json(text.str());
}

inline const Json& field(const Json& object, const std::string& name) {
  for (const auto& [key, value] : object.object(name.c_str())) {
    if (key == name) return value;
  }
  throw std::runtime_error("The fixture has no field " + name);
}

}  // namespace acinus::test
