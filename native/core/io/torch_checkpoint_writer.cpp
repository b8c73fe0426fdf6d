// Writing of core/io/torch_checkpoint.h: the archive is PyTorch's own writer's, the pickle in it is put together here.
#include <caffe2/serialize/inline_container.h>

#include <cstring>
#include <exception>
#include <limits>

#include "core/error.h"
#include "core/io/atomic_file.h"
#include "core/io/torch_checkpoint.h"

namespace acinus {

namespace {

const char* storage_class(at::ScalarType type) {
  switch (type) {
    case at::kDouble:
      return "DoubleStorage";
    case at::kFloat:
      return "FloatStorage";
    case at::kHalf:
      return "HalfStorage";
    case at::kBFloat16:
      return "BFloat16Storage";
    case at::kLong:
      return "LongStorage";
    case at::kInt:
      return "IntStorage";
    case at::kShort:
      return "ShortStorage";
    case at::kChar:
      return "CharStorage";
    case at::kByte:
      return "ByteStorage";
    case at::kBool:
      return "BoolStorage";
    default:
      throw Error("ACINUS_INVALID_ARGUMENT", std::string("tensors of type ") + c10::toString(type) + " cannot be saved");
  }
}

// The opcodes of pickle protocol 2 that a state dict needs (Python's Lib/pickletools.py describes them).
class StateDictPickle {
 public:
  std::string write(const StateDict& tensors) {
    out_ = "\x80\x02";
    ordered_dict();
    out_ += '(';
    for (size_t i = 0; i < tensors.size(); ++i) {
      text(tensors[i].first);
      tensor(tensors[i].second, std::to_string(i));
    }
    out_ += "u.";
    return std::move(out_);
  }

 private:
  void bytes(uint64_t value, size_t count) {
    for (size_t i = 0; i < count; ++i) out_ += static_cast<char>(value >> 8 * i);
  }
  void global(const char* module, const char* name) {
    out_ += 'c';
    out_ += module;
    out_ += '\n';
    out_ += name;
    out_ += '\n';
  }
  void ordered_dict() {
    global("collections", "OrderedDict");
    out_ += ")R";
  }
  void text(const std::string& value) {
    out_ += 'X';
    bytes(value.size(), 4);
    out_ += value;
  }
  void integer(int64_t value) {
    if (value <= std::numeric_limits<int32_t>::max()) {
      out_ += 'J';
      bytes(static_cast<uint64_t>(value), 4);
    } else {
      out_ += "\x8a\x08";  // LONG1 of 8 bytes
      bytes(static_cast<uint64_t>(value), 8);
    }
  }
  void tuple(at::IntArrayRef values) {
    out_ += '(';
    for (const int64_t value : values) integer(value);
    out_ += 't';
  }
  // _rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks); the storage is a persistent id.
  void tensor(const Tensor& value, const std::string& record) {
    global("torch._utils", "_rebuild_tensor_v2");
    out_ += "((";
    text("storage");
    global("torch", storage_class(value.scalar_type()));
    text(record);
    text("cpu");
    integer(value.numel());
    out_ += "tQ";
    integer(0);
    tuple(value.sizes());
    tuple(value.strides());
    out_ += '\x89';
    ordered_dict();
    out_ += "tR";
  }

  std::string out_;
};

}  // namespace

void write_torch_checkpoint(const std::filesystem::path& path, const StateDict& tensors) {
  StateDict stored;
  for (const auto& [name, value] : tensors) stored.emplace_back(name, value.detach().to(at::kCPU).contiguous());
  const std::string pickle = StateDictPickle().write(stored);
  AtomicFile file(path);
  // PyTorch's writer ends the archive in its destructor, where an exception would end the process. So a write that fails is
  // kept until the writer is gone.
  std::exception_ptr failure;
  {
    caffe2::serialize::PyTorchStreamWriter archive([&](const void* data, size_t bytes) {
      if (failure == nullptr) {
        try {
          file.write(data, bytes);
        } catch (...) {
          failure = std::current_exception();
        }
      }
      return bytes;
    });
    archive.writeRecord("data.pkl", pickle.data(), pickle.size());
    archive.writeRecord("byteorder", "little", std::strlen("little"));
    for (size_t i = 0; i < stored.size() && failure == nullptr; ++i)
      archive.writeRecord("data/" + std::to_string(i), stored[i].second.const_data_ptr(), stored[i].second.nbytes());
    archive.writeEndOfFile();
  }
  if (failure != nullptr) std::rethrow_exception(failure);
  file.commit();
}

}  // namespace acinus
