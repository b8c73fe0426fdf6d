// The names that data parallelism, compilation and training frameworks put around a network's own.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace acinus {

inline constexpr const char* kWrapperPrefixes[] = {"module.", "model.", "_orig_mod.", "net.", "network."};

// The name without wrapper prefixes, of which `keeps(prefix)` may hold some back, and without "_orig_mod." inside. What was
// taken away is added to `removed`.
template <class Keeps>
std::string without_wrappers(std::string name, Keeps keeps, std::set<std::string>& removed) {
  constexpr std::string_view kCompiledPart = "._orig_mod.";
  for (bool found = true; found;) {
    found = false;
    for (const std::string prefix : kWrapperPrefixes) {
      if (!name.starts_with(prefix) || keeps(prefix)) continue;
      name.erase(0, prefix.size());
      removed.insert(prefix);
      found = true;
    }
  }
  for (size_t at = name.find(kCompiledPart); at != std::string::npos; at = name.find(kCompiledPart)) {
    name.erase(at, kCompiledPart.size() - 1);
    removed.insert("_orig_mod.");
  }
  return name;
}

// The same where no network's own names are known.
inline std::string without_known_wrappers(const std::string& name) {
  std::set<std::string> removed;
  return without_wrappers(name, [](const std::string&) { return false; }, removed);
}

}  // namespace acinus
