#include "test/device/stand_in.h"

#include <ATen/EmptyTensor.h>
#include <ATen/detail/HPUHooksInterface.h>
#include <ATen/native/CPUFallback.h>
#include <ATen/ops/_reshape_alias_native.h>
#include <ATen/ops/as_strided_native.h>
#include <ATen/ops/unfold_native.h>
#include <ATen/ops/view_native.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <torch/library.h>

#include <cstdlib>
#include <cstring>
#include <mutex>

namespace acinus::test {

namespace {

std::mutex traffic_mutex;
DeviceTraffic traffic;

// Inside of an operator, its own copies between the device and the CPU do not count.
thread_local bool inside = false;
class Inside {
 public:
  Inside() : was_(inside) { inside = true; }
  ~Inside() { inside = was_; }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;

 private:
  bool was_;
};

std::string described(const Tensor& tensor) { return c10::str(tensor.scalar_type(), " ", tensor.sizes()); }

void count_operator() {
  if (inside) return;
  const std::lock_guard lock(traffic_mutex);
  ++traffic.operators;
}

void count_read(const std::string& what) {
  if (inside) return;
  const std::lock_guard lock(traffic_mutex);
  traffic.reads.push_back(what);
}

void count_upload(const Tensor& tensor) {
  if (inside) return;
  const std::lock_guard lock(traffic_mutex);
  traffic.uploads.push_back(described(tensor));
}

// Memory. An address of the device is one of the host moved to where no program has memory.

constexpr uintptr_t kOffset = uintptr_t{1} << 47;

void* to_device(void* host) { return reinterpret_cast<void*>(reinterpret_cast<uintptr_t>(host) + kOffset); }
void* to_host(const void* device) { return reinterpret_cast<void*>(reinterpret_cast<uintptr_t>(device) - kOffset); }

void release(void* device) { std::free(to_host(device)); }

class StandInAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t bytes) override {
    if (bytes == 0) return {nullptr, kStandIn};
    {
      const std::lock_guard lock(traffic_mutex);
      ++traffic.allocations;
    }
    void* host = std::malloc(bytes);
    if (host == nullptr) throw std::bad_alloc();
    std::memset(host, 0xAB, bytes);  // nobody may rely on what new memory holds
    void* device = to_device(host);
    return {device, device, &release, kStandIn};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &release; }
  void copy_data(void* to, const void* from, size_t bytes) const override { std::memcpy(to_host(to), to_host(from), bytes); }
};

StandInAllocator& allocator() {
  static auto& one = *new StandInAllocator;
  return one;
}

// A CPU tensor of the same memory.
Tensor host_view(const Tensor& tensor) {
  if (!tensor.device().is_hpu()) return tensor;
  const auto options = at::TensorOptions().dtype(tensor.scalar_type());
  if (tensor.numel() == 0) return at::empty(tensor.sizes(), options);
  return at::from_blob(to_host(tensor.const_data_ptr()), tensor.sizes(), tensor.strides(), options);
}

// Operators that every device has to bring.

Tensor make_empty(at::IntArrayRef size, std::optional<at::ScalarType> dtype, std::optional<at::Layout>,
                  std::optional<at::Device>, std::optional<bool>, std::optional<at::MemoryFormat> format) {
  return at::detail::empty_generic(size, &allocator(), c10::DispatchKeySet(c10::DispatchKey::HPU), dtype.value_or(at::kFloat),
                                   format);
}

Tensor make_empty_strided(at::IntArrayRef size, at::IntArrayRef stride, std::optional<at::ScalarType> dtype,
                          std::optional<at::Layout>, std::optional<at::Device>, std::optional<bool>) {
  return at::detail::empty_strided_generic(size, stride, &allocator(), c10::DispatchKeySet(c10::DispatchKey::HPU),
                                           dtype.value_or(at::kFloat));
}

Tensor copy_from(const Tensor& from, const Tensor& to, bool) {
  if (from.is_cpu()) count_upload(from);
  if (to.is_cpu()) count_read(described(from));
  if (from.device() == to.device()) count_operator();
  const at::AutoDispatchBelowADInplaceOrView no_graph;
  host_view(to).copy_(host_view(from));
  return to;
}

const Tensor& resize(const Tensor& tensor, at::IntArrayRef size, std::optional<at::MemoryFormat> format) {
  auto* impl = tensor.unsafeGetTensorImpl();
  impl->set_sizes_contiguous(size);
  if (format) impl->empty_tensor_restride(*format);
  const auto bytes = static_cast<size_t>(tensor.storage_offset() + tensor.numel()) * tensor.itemsize();
  const c10::Storage& storage = tensor.storage();
  if (bytes <= storage.nbytes()) return tensor;
  c10::DataPtr grown = allocator().allocate(bytes);
  if (storage.nbytes() > 0) allocator().copy_data(grown.get(), storage.data(), storage.nbytes());
  storage.unsafeGetStorageImpl()->set_data_ptr(std::move(grown));
  storage.unsafeGetStorageImpl()->set_nbytes(bytes);
  return tensor;
}

Tensor copy_from_and_resize(const Tensor& from, const Tensor& to) {
  if (from.sizes() != to.sizes()) to.resize_(from.sizes());
  return copy_from(from, to, false);
}

at::Scalar local_scalar(const Tensor& tensor) {
  count_read(described(tensor));
  return host_view(tensor).item();
}

// Convolutions, which LibTorch leaves to a device that it does not know.

Tensor onto_cpu(const Tensor& tensor) { return tensor.defined() ? tensor.cpu() : tensor; }
Tensor onto_device(const Tensor& tensor) { return tensor.defined() ? tensor.to(kStandIn) : tensor; }
void require_device(const Tensor& tensor, const char* what) {
  TORCH_CHECK(!tensor.defined() || tensor.device() == kStandIn, what, " mixes tensors of two devices");
}

Tensor convolution(const Tensor& input, const Tensor& weight, const std::optional<Tensor>& bias, at::IntArrayRef stride,
                   at::IntArrayRef padding, at::IntArrayRef dilation, bool transposed, at::IntArrayRef output_padding,
                   int64_t groups) {
  for (const Tensor& tensor : {input, weight, bias.value_or(Tensor())}) require_device(tensor, "convolution");
  count_operator();
  const Inside counted;
  return onto_device(at::convolution(onto_cpu(input), onto_cpu(weight), onto_cpu(bias.value_or(Tensor())), stride, padding,
                                     dilation, transposed, output_padding, groups));
}

std::tuple<Tensor, Tensor, Tensor> convolution_backward(const Tensor& gradient, const Tensor& input, const Tensor& weight,
                                                        at::IntArrayRef stride, at::IntArrayRef padding,
                                                        at::IntArrayRef dilation, bool transposed,
                                                        at::IntArrayRef output_padding, int64_t groups,
                                                        std::array<bool, 3> wanted) {
  for (const Tensor& tensor : {gradient, input, weight}) require_device(tensor, "convolution_backward");
  count_operator();
  const Inside counted;
  const auto [of_input, of_weight, of_bias] = at::convolution_backward(
      onto_cpu(gradient), onto_cpu(input), onto_cpu(weight), at::IntArrayRef{weight.size(transposed ? 1 : 0)}, stride, padding,
      dilation, transposed, output_padding, groups, wanted);
  return {onto_device(of_input), onto_device(of_weight), onto_device(of_bias)};
}

// `native_batch_norm` does not say that it changes the running statistics, so that they would not be copied back.
std::tuple<Tensor, Tensor, Tensor> batch_norm(const Tensor& input, const std::optional<Tensor>& weight,
                                              const std::optional<Tensor>& bias, const std::optional<Tensor>& mean,
                                              const std::optional<Tensor>& variance, bool training, double momentum,
                                              double eps) {
  if (!mean || !mean->defined()) {
    return at::_native_batch_norm_legit(input, weight, bias, training, momentum, eps);
  }
  Tensor running_mean = *mean, running_variance = *variance;
  return at::_native_batch_norm_legit(input, weight, bias, running_mean, running_variance, training, momentum, eps);
}

// Every other operator.

void check_devices(const c10::OperatorHandle& op, const torch::jit::Stack& stack) {
  const auto check = [&](const Tensor& tensor) {
    TORCH_CHECK(!tensor.defined() || tensor.device() == kStandIn || tensor.dim() == 0, op.operator_name(),
                " mixes a tensor of the stand-in device with one of the ", tensor.device());
  };
  const size_t count = op.schema().arguments().size();
  for (const c10::IValue& value : c10::ArrayRef(stack).slice(stack.size() - count)) {
    if (value.isTensor()) check(value.toTensor());
    if (value.isTensorList()) {
      for (const Tensor& tensor : value.toTensorVector()) check(tensor);
    }
  }
}

bool gives_values(const c10::OperatorHandle& op) {
  const auto& returns = op.schema().returns();
  return std::any_of(returns.begin(), returns.end(), [](const c10::Argument& one) {
    const auto kind = one.type()->kind();
    return kind == c10::TypeKind::BoolType || kind == c10::TypeKind::IntType || kind == c10::TypeKind::FloatType ||
           kind == c10::TypeKind::NumberType;
  });
}

void on_cpu_copies(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
  check_devices(op, *stack);
  count_operator();
  if (gives_values(op)) count_read(c10::str(op.operator_name()));
  const Inside counted;
  at::native::cpu_fallback(op, stack, /*error_on_views=*/true);
}

struct StandInGuard final : c10::impl::NoOpDeviceGuardImpl<c10::DeviceType::HPU> {
  c10::Device exchangeDevice(c10::Device) const override { return kStandIn; }
  c10::Device getDevice() const override { return kStandIn; }
  c10::Stream getStream(c10::Device) const noexcept override { return stream(); }
  c10::Stream getDefaultStream(c10::Device) const override { return stream(); }
  c10::Stream getNewStream(c10::Device, int) const override { return stream(); }
  c10::Stream exchangeStream(c10::Stream) const noexcept override { return stream(); }
  void record(void**, const c10::Stream&, const c10::DeviceIndex, const c10::EventFlag) const override {}
  void block(void*, const c10::Stream&) const override {}
  bool queryEvent(void*) const override { return true; }

 private:
  static c10::Stream stream() { return c10::Stream(c10::Stream::DEFAULT, kStandIn); }
};

}  // namespace

DeviceTraffic take_traffic() {
  const std::lock_guard lock(traffic_mutex);
  return std::exchange(traffic, {});
}

}  // namespace acinus::test

namespace at {

// Without these, autograd does not know that the device exists. LibTorch looks for them under this name.
struct HPUHooks : HPUHooksInterface {
  explicit HPUHooks(HPUHooksArgs) {}
  void init() const override {}
  bool hasHPU() const override { return true; }
  bool isBuilt() const override { return true; }
  bool isAvailable() const override { return true; }
  bool hasPrimaryContext(DeviceIndex) const override { return true; }
  DeviceIndex deviceCount() const override { return 1; }
  void setCurrentDevice(DeviceIndex) const override {}
  DeviceIndex getCurrentDevice() const override { return 0; }
  DeviceIndex exchangeDevice(DeviceIndex) const override { return 0; }
  DeviceIndex maybeExchangeDevice(DeviceIndex) const override { return 0; }
};
REGISTER_HPU_HOOKS(HPUHooks)

C10_REGISTER_GUARD_IMPL(HPU, acinus::test::StandInGuard)

}  // namespace at

TORCH_LIBRARY_IMPL(_, HPU, library) {
  library.fallback(torch::CppFunction::makeFromBoxedFunction<&acinus::test::on_cpu_copies>());
}

TORCH_LIBRARY_IMPL(aten, HPU, library) {
  using namespace acinus::test;
  library.impl("empty.memory_format", &make_empty);
  library.impl("empty_strided", &make_empty_strided);
  library.impl("_copy_from", &copy_from);
  library.impl("_copy_from_and_resize", &copy_from_and_resize);
  library.impl("resize_", &resize);
  library.impl("_local_scalar_dense", &local_scalar);
  library.impl("as_strided", TORCH_FN(at::native::as_strided_tensorimpl));
  library.impl("view", TORCH_FN(at::native::view));
  library.impl("_reshape_alias", TORCH_FN(at::native::_reshape_alias));
  library.impl("unfold", TORCH_FN(at::native::unfold));
  library.impl("convolution_overrideable", &convolution);
  library.impl("convolution_backward_overrideable", &convolution_backward);
  library.impl("native_batch_norm", &batch_norm);
}
