#include "core/io/pickle_globals.h"

#include <stdexcept>

namespace acinus {

namespace {

constexpr size_t kMaxTensorDimensions = 16;

struct NamedType {
  const char* name;
  at::ScalarType type;
};
constexpr NamedType kStorageTypes[] = {{"DoubleStorage", at::kDouble}, {"FloatStorage", at::kFloat},
                                       {"HalfStorage", at::kHalf},     {"BFloat16Storage", at::kBFloat16},
                                       {"LongStorage", at::kLong},     {"IntStorage", at::kInt},
                                       {"ShortStorage", at::kShort},   {"CharStorage", at::kChar},
                                       {"ByteStorage", at::kByte},     {"BoolStorage", at::kBool}};
constexpr NamedType kDtypeNames[] = {{"float64", at::kDouble},
                                     {"double", at::kDouble},
                                     {"float32", at::kFloat},
                                     {"float", at::kFloat},
                                     {"float16", at::kHalf},
                                     {"half", at::kHalf},
                                     {"bfloat16", at::kBFloat16},
                                     {"float8_e4m3fn", at::kFloat8_e4m3fn},
                                     {"float8_e5m2", at::kFloat8_e5m2},
                                     {"int64", at::kLong},
                                     {"long", at::kLong},
                                     {"int32", at::kInt},
                                     {"int", at::kInt},
                                     {"int16", at::kShort},
                                     {"short", at::kShort},
                                     {"int8", at::kChar},
                                     {"uint8", at::kByte},
                                     {"bool", at::kBool}};

template <size_t Count>
std::optional<PickleGlobal> typed(const NamedType (&types)[Count], const std::string& name, PickleCall call) {
  for (const auto& known : types) {
    if (name == known.name) return PickleGlobal{call, known.type};
  }
  return std::nullopt;
}

}  // namespace

std::optional<PickleGlobal> known_global(const std::string& module, const std::string& name) {
  const auto is = [&](const char* known_module, const char* known_name) {
    return module == known_module && name == known_name;
  };
  if (is("collections", "OrderedDict")) return PickleGlobal{PickleCall::kOrderedDict, {}};
  if (is("torch._utils", "_rebuild_tensor_v2") || is("torch._utils", "_rebuild_tensor"))
    return PickleGlobal{PickleCall::kTensor, {}};
  if (is("torch._utils", "_rebuild_tensor_v3")) return PickleGlobal{PickleCall::kTensorV3, {}};
  if (is("torch._utils", "_rebuild_parameter") || is("torch._utils", "_rebuild_parameter_with_state"))
    return PickleGlobal{PickleCall::kParameter, {}};
  if (is("torch.storage", "UntypedStorage") || is("torch", "UntypedStorage") || is("torch.storage", "TypedStorage"))
    return PickleGlobal{PickleCall::kStorageType, {}};
  if (is("torch", "Size")) return PickleGlobal{PickleCall::kSize, {}};
  if (is("torch", "device")) return PickleGlobal{PickleCall::kDevice, {}};
  if (module != "torch") return std::nullopt;
  const auto storage = typed(kStorageTypes, name, PickleCall::kStorageType);
  return storage ? storage : typed(kDtypeNames, name, PickleCall::kDtype);
}

void check_tensor(const PickleTensor& tensor, const PickleStorage& storage) {
  if (tensor.sizes.size() != tensor.strides.size() || tensor.sizes.size() > kMaxTensorDimensions)
    throw std::invalid_argument("a tensor's size and stride do not belong together");
  int64_t count = 1, last = tensor.offset;  // the number of the last element that the tensor touches
  bool fits = tensor.offset >= 0;
  for (size_t i = 0; i < tensor.sizes.size(); ++i) {
    const int64_t size = tensor.sizes[i], stride = tensor.strides[i];
    int64_t reach = 0;
    fits = fits && size >= 0 && stride >= 0 && !__builtin_mul_overflow(count, size, &count) &&
           !__builtin_mul_overflow(std::max<int64_t>(size - 1, 0), stride, &reach) &&
           !__builtin_add_overflow(last, reach, &last);
  }
  const bool empty = fits && count == 0;
  if (!fits || (!empty && last >= storage.count) || (empty && tensor.offset > storage.count))
    throw std::invalid_argument("a tensor reaches beyond its storage");
}

}  // namespace acinus
