// The same small network, data and run on any device.
#pragma once

#include "core/train/trainer.h"

namespace acinus::test {

std::shared_ptr<Segmenter> segmenter_on(torch::Device device, const std::string& architecture = "unetplusplus",
                                        const std::string& encoder = "efficientnet-b0");
// Images of 64×64 pixels with cells.
std::shared_ptr<const SampleStore> cell_store(int64_t images, uint64_t seed);
TrainData train_data();        // six images to train on, three to judge by
TrainOptions train_options();  // batches of two, two of them a step; every augmentation likely

// A copy of every entry, on the CPU.
StateDict entries_of(nn::Module& network);
// Largest absolute difference between two tensors, wherever they lie; infinite unless their sizes agree and all is finite.
double difference(const Tensor& a, const Tensor& b);
// Of all entries of two state dicts, each relative to the largest value of its entry and 1.
double difference(const StateDict& a, const StateDict& b);

}  // namespace acinus::test
