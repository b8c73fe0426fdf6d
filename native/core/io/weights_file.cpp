#include "core/io/weights_file.h"

#include <stdexcept>

#include "core/error.h"
#include "core/io/torch_checkpoint.h"

namespace acinus {

namespace {

// What is often found where weights were meant to be.
struct Stranger {
  const char* begin;
  const char* what;
};
constexpr Stranger kStrangers[] = {
    {"version https://git-lfs", "it is a pointer of Git LFS, not the file itself: fetch that with `git lfs pull`"},
    {"<", "it is a web page or XML, not weights: the download went wrong"},
    {"\x89HDF", "it is an HDF5 file; of those only the program that wrote it makes sense"},
    {"\x1f\x8b", "it is compressed: unpack it with gunzip first"},
    {"{", "it is JSON; the weights are in another file"},
};

std::string first_bytes(const ReadFile& file) {
  std::string out(std::min<uint64_t>(file.size(), 64), '\0');
  file.read(0, out.data(), out.size());
  return out;
}

WeightsFile from_torch(TorchCheckpoint checkpoint) {
  return {std::move(checkpoint.tensors), "pth", std::move(checkpoint.path)};
}

WeightsFile read_any(const std::filesystem::path& path) {
  const ReadFile file(path);
  const std::string begin = first_bytes(file);
  if (begin.size() > 8 && begin[8] == '{') return {read_safetensors(path).tensors, "safetensors", {}};
  if (begin.starts_with("PK\x03\x04")) return from_torch(read_torch_zip(file, path.string()));
  if (begin.starts_with('\x80')) return from_torch(read_torch_legacy(file, path.string()));
  for (const auto& stranger : kStrangers) {
    if (begin.starts_with(stranger.begin)) throw std::invalid_argument(stranger.what);
  }
  throw std::invalid_argument("it is neither safetensors nor a PyTorch file, or its beginning is damaged");
}

}  // namespace

WeightsFile read_weights_file(const std::filesystem::path& path) {
  const auto refuse = [&](const std::string& why) {
    return Error("ACINUS_CHECKPOINT", "Cannot read " + path.string() + ": " + why + ".", {.file = path.string()});
  };
  try {
    return read_any(path);
  } catch (const std::invalid_argument& fault) {
    throw refuse(fault.what());
  } catch (const c10::Error&) {  // what the checks before it let through, LibTorch refuses
    throw refuse("its tensors are damaged");
  }
}

}  // namespace acinus
