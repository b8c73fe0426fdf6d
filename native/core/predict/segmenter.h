// A network together with what it sees: the preprocessing in front of it and the device it is on. Shared by training,
// evaluation and prediction, one of them at a time.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>

#include "core/image/network_input.h"
#include "core/model/model.h"

namespace acinus {

// First come, first served: a trainer that locks for every step must not starve an evaluation that waits between two steps.
class FairMutex {
 public:
  void lock();
  void unlock();

 private:
  std::mutex mutex_;
  std::condition_variable turn_;
  uint64_t next_ = 0;
  uint64_t serving_ = 0;
};

struct SegmenterConfig {
  ModelConfig model;
  EdgeOptions edges;
  bool channels_last = true;
};

class Segmenter {
 public:
  explicit Segmenter(const SegmenterConfig& config);

  // rgb: uint8 or float [B, 3, H, W] in 0…255. Returns what the network takes: normalised, with the edge channel if it has one.
  Tensor input(const Tensor& rgb) const;
  // Logits float [B, 1, H, W] of such pixels.
  Tensor logits(const Tensor& rgb);
  // input: float [B, C, H, W] as the network takes it, already normalised, on any device. Returns logits float [B, 1, H, W].
  // ACINUS_INVALID_ARGUMENT when the shape is another.
  Tensor forward(const Tensor& input);
  // The same input where the network is, in the memory layout that it computes in.
  Tensor placed(const Tensor& input) const;
  void to(const std::string& device);  // "cpu", "cuda", "cuda:1"; ACINUS_DEVICE when it is not there
  void to(torch::Device device);       // any device that LibTorch knows

  const SegmenterConfig& config() const { return config_; }
  SegmentationModel& network() { return *network_; }
  torch::Device device() const { return device_; }  // without the lock too
  FairMutex& mutex() { return mutex_; }

 private:
  SegmenterConfig config_;
  std::shared_ptr<SegmentationModel> network_;
  std::atomic<torch::Device> device_{torch::Device(torch::kCPU)};
  FairMutex mutex_;
};

}  // namespace acinus
