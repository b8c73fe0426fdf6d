#include "core/model/encoder_decoder.h"

#include <ATen/CPUGeneratorImpl.h>

#include "core/error.h"
#include "core/model/counted_norm.h"
#include "core/model/initialise.h"

namespace acinus {

namespace {

// Children of the network, which smp names so.
constexpr char kEncoder[] = "encoder", kDecoder[] = "decoder", kHead[] = "segmentation_head", kProjection[] = "projection";

std::string beginning(const char* child) { return std::string(child) + "."; }

}  // namespace

int64_t encoder_input_channels(InputMode input_mode) { return input_mode == InputMode::kInflate ? 4 : 3; }
int64_t network_input_channels(InputMode input_mode) { return input_mode == InputMode::kDrop ? 3 : 4; }

EntryNames encoder_decoder_names(const std::string& stem, const std::string& classifier) {
  return {.encoder = beginning(kEncoder),
          .stem = beginning(kEncoder) + stem,
          .classifier = beginning(kEncoder) + classifier,
          .projection = beginning(kProjection),
          .decoder = {beginning(kDecoder), beginning(kHead)}};
}

EncoderDecoder::EncoderDecoder(const ModelConfig& config, EntryNames names, NetworkParts parts)
    : input_channels_(network_input_channels(config.input_mode)), names_(std::move(names)) {
  encoder_ = register_module(kEncoder, std::move(parts.encoder));
  decoder_ = register_module(kDecoder, std::move(parts.decoder));
  const auto head = register_module(kHead, std::make_shared<nn::Module>());
  head_ = head->register_module("0", parts.head);

  // The projection comes last: with one seed, "projection" and "drop" start from the same encoder and decoder.
  auto generator = at::make_generator<at::CPUGeneratorImpl>(config.seed);
  parts.initialise_encoder(*encoder_, generator);
  initialise_kaiming(*decoder_, generator);
  initialise_xavier(*head, generator);
  if (config.input_mode == InputMode::kProjection) {
    projection_ = register_module(kProjection, InputProjection(config.projection_width));
    projection_->initialise(config.projection_init, generator);
  }
  begin_counting(*this, config.norm_momentum);
}

std::vector<Tensor> EncoderDecoder::features(const Tensor& input) {
  if (input.dim() != 4 || input.size(1) != input_channels_ || input.size(2) < 1 || input.size(3) < 1) {
    throw Error("ACINUS_INVALID_ARGUMENT",
                "This network takes [B, " + std::to_string(input_channels_) + ", H, W], not " + c10::str(input.sizes()) + ".");
  }
  Tensor x = pad_to_multiple(input, stride());
  if (projection_) x = projection_(x);
  return encoder_->forward(x);
}

Tensor EncoderDecoder::forward(const Tensor& input) {
  const Tensor logits = head_(decoder_->forward(features(input)));
  if (logits.size(2) == input.size(2) && logits.size(3) == input.size(3)) return logits;
  return logits.slice(2, 0, input.size(2)).slice(3, 0, input.size(3));
}

Plan EncoderDecoder::plan() const {
  Plan plan;
  const Plan::Value input = plan.input(input_channels_);
  Plan::Value x = plan.pad(input, stride());
  if (projection_) x = projection_->describe(plan, x, kProjection);
  const auto features = encoder_->describe(plan, x, kEncoder);
  const Plan::Value decoded = decoder_->describe(plan, features, kDecoder);
  plan.crop(plan.convolution(decoded, beginning(kHead) + "0", *head_), input);
  return plan;
}

void EncoderDecoder::set_step_seed(StepSeed seed) {
  source_.seed = seed;
  pass_on_source();
}

void EncoderDecoder::set_stochastic(bool stochastic) {
  source_.stochastic = stochastic;
  pass_on_source();
}

void EncoderDecoder::pass_on_source() {
  encoder_->set_random_source(source_);
  decoder_->set_random_source(source_);
}

void EncoderDecoder::set_recompute(bool recompute) {
  encoder_->set_recompute(recompute);
  decoder_->set_recompute(recompute);
}

}  // namespace acinus
