// What every network of an encoder and a decoder shares: input mode and projection, padding and cropping, head, initialisation.
#pragma once

#include "core/model/decoder.h"
#include "core/model/encoder.h"
#include "core/model/input_projection.h"

namespace acinus {

struct NetworkParts {
  std::shared_ptr<Encoder> encoder;  // takes as many channels as the input mode gives it
  std::shared_ptr<Decoder> decoder;  // takes the encoder's features
  Convolution head{nullptr};         // from what the decoder gives to one logit a pixel
  // What draws the encoder's first weights.
  void (*initialise_encoder)(nn::Module& module, at::Generator& generator);
};

class EncoderDecoder : public SegmentationModel {
 public:
  EncoderDecoder(const ModelConfig& config, EntryNames names, NetworkParts parts);
  Tensor forward(const Tensor& input) override;
  std::vector<Tensor> features(const Tensor& input) override;
  Plan plan() const override;
  int64_t input_channels() const override { return input_channels_; }
  int64_t stride() const override { return encoder_->stride(); }
  Encoder& encoder() override { return *encoder_; }
  const EntryNames& names() const override { return names_; }
  void set_step_seed(StepSeed seed) override;
  void set_stochastic(bool stochastic) override;
  void set_recompute(bool recompute) override;

 private:
  void pass_on_source();

  int64_t input_channels_;
  EntryNames names_;
  RandomSource source_;
  InputProjection projection_{nullptr};  // only in input mode "projection"
  std::shared_ptr<Encoder> encoder_;
  std::shared_ptr<Decoder> decoder_;
  Convolution head_{nullptr};
};

// How many channels the encoder sees in this input mode, and how many the network.
int64_t encoder_input_channels(InputMode input_mode);
int64_t network_input_channels(InputMode input_mode);

// The names that every network of this kind has; `stem` and `classifier` as an encoder by itself has them.
EntryNames encoder_decoder_names(const std::string& stem, const std::string& classifier);

}  // namespace acinus
