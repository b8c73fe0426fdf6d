#include "core/io/run_checkpoint.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <sstream>

#include "core/error.h"

namespace acinus {

namespace {

constexpr const char* kChecksum = "weights_checksum";
constexpr const char* kOwnChecksum = "state_checksum";
constexpr const char* kSeal = "seal";
constexpr const char* kScalar = "scalar.";

// FNV-1a over 8-byte words: several GB/s, so that checking costs less than reading.
class Hash {
 public:
  void add(const void* data, size_t bytes) {
    const auto* at = static_cast<const uint8_t*>(data);
    for (; bytes >= sizeof(uint64_t); at += sizeof(uint64_t), bytes -= sizeof(uint64_t)) {
      uint64_t word;
      std::memcpy(&word, at, sizeof(word));
      mix(word);
    }
    uint64_t rest = bytes;
    if (bytes > 0) std::memcpy(&rest, at, bytes);  // of an empty tensor there is no address
    mix(rest);
  }
  void add(const std::string& text) { add(text.data(), text.size()); }
  // 16 hexadecimal digits.
  std::string text() const {
    char digits[17];
    std::snprintf(digits, sizeof(digits), "%016llx", static_cast<unsigned long long>(hash_ ^ (hash_ >> 32)));
    return digits;
  }

 private:
  void mix(uint64_t word) {
    hash_ = (hash_ ^ word) * 0x100000001b3ULL;
    hash_ ^= hash_ >> 29;  // word-wise FNV alone never carries high bits down
  }
  uint64_t hash_ = 0xcbf29ce484222325ULL;
};

std::filesystem::path beside(const std::filesystem::path& path, const char* suffix) { return path.string() + suffix; }

[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& why) {
  throw Error("ACINUS_CHECKPOINT", path.string() + " " + why, {.file = path.string()});
}

StateDict in_order(StateDict state) {
  std::sort(state.begin(), state.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  return state;
}

// Of everything that the file of a state holds, and of the kinds of the weights beside it: the checksums leave out kinds and
// numbers. A state of an earlier version has none.
std::string seal(const StateDict& weights, const StateDict& tensors, const std::map<std::string, std::string>& about) {
  Hash hash;
  for (const StateDict* state : {&weights, &tensors}) {
    for (const auto& [name, value] : in_order(*state)) {
      hash.add(name);
      hash.add(std::string(value.dtype().name()));
    }
  }
  for (const auto& [name, value] : about) {
    if (name == kSeal) continue;
    hash.add(name);
    hash.add(value);
  }
  return hash.text();
}

void rename_synced(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::error_code failure;
  std::filesystem::rename(from, to, failure);
  if (failure)
    throw Error("ACINUS_WRITE_FAILED", to.string() + " could not be written: " + failure.message() + ".",
                {.file = to.string()});
  const auto parent = to.parent_path();
  const int folder = open(parent.empty() ? "." : parent.c_str(), O_RDONLY);
  if (folder < 0) return;  // the rename itself is done; some file systems cannot sync a folder
  fsync(folder);
  close(folder);
}

}  // namespace

StateDict stored_form(const StateDict& state) {
  StateDict out;
  for (const auto& [name, value] : state) out.emplace_back(name, value.detach().to(torch::kCPU).contiguous());
  return out;
}

std::string checksum(const StateDict& state) {
  Hash hash;
  for (const auto& [name, value] : in_order(stored_form(state))) {
    hash.add(name.data(), name.size());
    hash.add(value.sizes().data(), value.sizes().size() * sizeof(int64_t));
    hash.add(value.data_ptr(), value.nbytes());
  }
  return hash.text();
}

void write_run_checkpoint(const std::filesystem::path& path, const StateDict& weights,
                          const std::map<std::string, std::string>& metadata, const RunState& state) {
  const StateDict stored = stored_form(weights);
  const StateDict tensors = stored_form(state.tensors);
  std::map<std::string, std::string> about{{kChecksum, checksum(stored)}, {kOwnChecksum, checksum(tensors)}};
  for (const auto& [name, value] : state.scalars) about[kScalar + name] = value;
  about[kSeal] = seal(stored, tensors, about);

  const auto next = beside(path, ".state.next");
  write_safetensors(next, tensors, about);
  write_safetensors(path, stored, metadata);
  rename_synced(next, beside(path, ".state"));
}

RunCheckpoint read_run_checkpoint(const std::filesystem::path& path) {
  if (!std::filesystem::exists(path)) refuse(path, "does not exist, so there is no run to continue.");
  const SafetensorsFile weights = read_safetensors(path);
  const std::string expected = checksum(weights.tensors);
  for (const char* suffix : {".state", ".state.next"}) {
    const auto file = beside(path, suffix);
    if (!std::filesystem::exists(file)) continue;
    SafetensorsFile state = read_safetensors(file);
    if (state.metadata[kChecksum] != expected) continue;
    const bool sealed = state.metadata.contains(kSeal);
    if (state.metadata[kOwnChecksum] != checksum(state.tensors) ||
        (sealed && state.metadata[kSeal] != seal(weights.tensors, state.tensors, state.metadata)))
      refuse(file, "is damaged: its checksum does not fit.");
    RunCheckpoint out{weights.tensors, {std::move(state.tensors), {}}};
    for (const auto& [name, value] : state.metadata) {
      if (name.starts_with(kScalar)) out.state.scalars[name.substr(std::strlen(kScalar))] = value;
    }
    return out;
  }
  refuse(path, "has no .state file that belongs to it, so its run cannot be continued; its weights can still start a new run.");
}

std::string to_text(const std::vector<double>& values) {
  std::string out;
  char number[32];
  for (const double value : values) {
    std::snprintf(number, sizeof(number), "%s%.17g", out.empty() ? "" : " ", value);
    out += number;
  }
  return out;
}

std::vector<double> from_text(const std::string& text) {
  std::vector<double> out;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    char* end = nullptr;
    out.push_back(std::strtod(word.c_str(), &end));
    if (end == word.c_str() || *end != '\0')
      throw Error("ACINUS_CHECKPOINT", "'" + word + "' in a checkpoint's state is not a number.");
  }
  return out;
}

}  // namespace acinus
