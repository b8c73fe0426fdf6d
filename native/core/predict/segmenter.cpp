#include "core/predict/segmenter.h"

#include <torch/cuda.h>

#include "core/error.h"
#include "core/model/registry.h"

namespace acinus {

namespace {

// Lays weights out as oneDNN and cuDNN require for channels-last activations. 1-D tensors have no layout.
void make_channels_last(nn::Module& network) {
  for (auto& parameter : network.parameters()) {
    if (parameter.dim() == 4) parameter.set_data(parameter.detach().contiguous(at::MemoryFormat::ChannelsLast));
  }
}

torch::Device present_device(const std::string& name) {
  const auto refuse = [&](const std::string& why) {
    return Error("ACINUS_DEVICE", "The device \"" + name + "\" " + why, {.value = name});
  };
  std::optional<torch::Device> device;
  try {
    device.emplace(name);
  } catch (const c10::Error&) {
    throw refuse("is unknown; use cpu, cuda or cuda:N.");
  }
  if (device->is_cpu()) return torch::Device(torch::kCPU);
  if (!device->is_cuda()) throw refuse("is not supported; use cpu, cuda or cuda:N.");
  if (!torch::cuda::is_available()) {
    throw refuse("is not there: LibTorch sees no CUDA device. Use the device cpu, or run `acinus doctor`.");
  }
  const auto count = static_cast<int64_t>(torch::cuda::device_count());
  if (device->has_index() && device->index() >= count) {
    throw refuse("is not there: CUDA devices are numbered 0 to " + std::to_string(count - 1) + ".");
  }
  return torch::Device(torch::kCUDA, device->has_index() ? device->index() : 0);
}

}  // namespace

void FairMutex::lock() {
  std::unique_lock lock(mutex_);
  const uint64_t ticket = next_++;
  turn_.wait(lock, [&] { return serving_ == ticket; });
}

void FairMutex::unlock() {
  {
    const std::lock_guard lock(mutex_);
    ++serving_;
  }
  turn_.notify_all();
}

Segmenter::Segmenter(const SegmenterConfig& config) : config_(config), network_(create_model(config.model)) {
  if (config_.channels_last) make_channels_last(*network_);
}

Tensor Segmenter::input(const Tensor& rgb) const {
  return network_input(rgb.to(device()), config_.edges, network_->input_channels());
}

Tensor Segmenter::logits(const Tensor& rgb) { return forward(input(rgb)); }

Tensor Segmenter::placed(const Tensor& input) const {
  const int64_t channels = network_->input_channels();
  if (input.dim() != 4 || input.size(1) != channels || input.numel() == 0) {
    throw Error("ACINUS_INVALID_ARGUMENT", "The input has the shape " + c10::str(input.sizes()) + "; this network takes [B, " +
                                               std::to_string(channels) + ", H, W] with B, H and W of at least 1.");
  }
  const Tensor there = input.to(device());
  return config_.channels_last ? there.contiguous(at::MemoryFormat::ChannelsLast) : there;
}

Tensor Segmenter::forward(const Tensor& input) { return network_->forward(placed(input)).to(at::kFloat); }

void Segmenter::to(const std::string& device) { to(present_device(device)); }

void Segmenter::to(torch::Device device) {
  network_->to(device);
  device_ = device;
}

}  // namespace acinus
