// A segmentation network as the rest of the program sees it. Every network is an nn::Module with smp's state-dict keys.
#pragma once

#include "core/torch.h"

namespace acinus {

class Encoder;
class Plan;

// How the edge channel enters (METHOD section 2): by a learned 4→3 projection, not at all, or by a stem of four channels.
enum class InputMode { kProjection, kDrop, kInflate };
enum class DecoderAttention { kScse, kNone };
enum class ProjectionInit { kIdentity, kKaiming };
// Of running statistics that no file gave (METHOD section 3): a cumulative average first, or the module's momentum throughout.
enum class NormMomentum { kAdaptive, kFixed };

struct ModelConfig {
  std::string architecture;  // of core/model/registry.h, as is
  std::string encoder;
  InputMode input_mode;
  std::vector<int64_t> decoder_channels;  // deepest first
  DecoderAttention decoder_attention;
  double drop_connect_rate;
  int64_t projection_width;
  ProjectionInit projection_init;
  NormMomentum norm_momentum;
  uint64_t seed;  // of the initial weights
  // Of the architectures that have an encoder of their own. For these, `encoder` and what belongs to it do not count.
  int64_t width = 0;                    // channels of the outermost block
  double dropout = 0;                   // probability that a feature map is left out
  std::vector<int64_t> atrous_rates{};  // of the parallel convolutions in the bottleneck; empty where there are none
};

// Where a training step's drop-connect and dropout masks come from: a stream per (seed, step), so that they are the same on
// every device.
struct StepSeed {
  uint64_t seed = 0;
  uint64_t step = 0;
};

// To what the state entries of a network belong, by the beginnings of their names.
struct EntryNames {
  std::string encoder;               // "encoder."
  std::string stem;                  // in the encoder: the weight that sees the channels of the image
  std::string classifier;            // in the encoder of a file that holds an encoder alone; no network here has it
  std::string projection;            // present in input mode "projection" alone
  std::vector<std::string> decoder;  // what an encoder alone lacks: decoder and head
};

class SegmentationModel : public nn::Module {
 public:
  // input: float [B, C, H, W], C = input_channels(), already normalised. Returns logits [B, 1, H, W].
  // Any H, W ≥ 1: padded at the bottom and right to multiples of stride() (reflect-101 where possible, otherwise edge) and
  // cropped back.
  virtual Tensor forward(const Tensor& input) = 0;
  // What the encoder makes of the same input, projected and padded: a feature at each level, shallowest first.
  virtual std::vector<Tensor> features(const Tensor& input) = 0;
  // What `forward` does in eval mode, as layers.
  virtual Plan plan() const = 0;
  virtual int64_t input_channels() const = 0;  // 4 for projection and inflate, 3 for drop
  virtual int64_t stride() const = 0;          // H and W of what goes through the encoder are multiples of it
  virtual Encoder& encoder() = 0;
  virtual const EntryNames& names() const = 0;
  virtual void set_step_seed(StepSeed seed) = 0;
  // Whether dropout works in eval mode too: each step seed is then one network, the same for all images of a batch.
  virtual void set_stochastic(bool stochastic) = 0;
  // Whether training computes each block again in its backward pass instead of keeping what is inside of it.
  virtual void set_recompute(bool recompute) = 0;
};

}  // namespace acinus
