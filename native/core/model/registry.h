// The networks and encoders there are. One entry says all that the rest of the program asks about one of them; lib/config
// mirrors what it needs before the addon is loaded, and a test holds the two together.
#pragma once

#include <functional>

#include "core/model/decoder.h"
#include "core/model/encoder.h"

namespace acinus {

using EntryShapes = std::unordered_map<std::string, std::vector<int64_t>>;  // of a state dict, by name

struct EncoderOptions {
  int64_t in_channels = 3;
  double drop_connect_rate = 0.2;
};

struct EncoderEntry {
  std::string name;                    // as the option `encoder` has it
  std::vector<FeatureShape> features;  // shallowest first
  // Names without the prefix of a network's encoder:
  std::string stem;        // the weight that sees the channels of the image
  std::string classifier;  // beginning of what a file of pretrained weights has behind the encoder
  std::function<std::shared_ptr<Encoder>(const EncoderOptions&)> create;
  std::function<bool(const EntryShapes&)> matches;  // are these the entries of such an encoder, whatever image it takes?
};

// A decoder over any encoder of the registry.
struct OverEncoder {
  std::vector<int64_t> decoder_channels;  // by default; as many as the encoder has features
  DecoderAttention decoder_attention;     // by default
  std::function<std::shared_ptr<Decoder>(const DecoderOptions&)> decoder;
  // Name, in the decoder, of the block whose channels the option's value at this position is: what an import tells it by.
  std::function<std::string(size_t position)> outermost;
};

struct EncoderAndDecoder {
  std::shared_ptr<Encoder> encoder;  // its first feature and the decoder's output have ModelConfig::width channels
  std::shared_ptr<Decoder> decoder;
};

// A network whose encoder is a part of it. The numbers are defaults of the options of the same names.
struct OwnEncoder {
  int64_t stride;  // of the deepest feature
  int64_t width;
  double dropout;
  std::vector<int64_t> atrous_rates;  // empty: it has no such convolutions, and takes no such option
  std::function<EncoderAndDecoder(const ModelConfig&)> parts;
  // Are these the entries of its encoder and its decoder, whatever the width?
  std::function<bool(const EntryShapes& encoder, const EntryShapes& decoder)> matches;
};

// One of `over` and `own` is there.
struct ArchitectureEntry {
  std::string name;   // as the option `architecture` has it
  std::string title;  // as people write it
  std::optional<OverEncoder> over = std::nullopt;
  std::optional<OwnEncoder> own = std::nullopt;
};

const std::vector<ArchitectureEntry>& architectures();
const std::vector<EncoderEntry>& encoders();

// Channels that a block of the decoder has at least under this attention.
int64_t minimum_decoder_channels(DecoderAttention attention);

// ACINUS_CONFIG on an unknown name, or channels, rates or a dropout that do not fit architecture, encoder and attention.
std::shared_ptr<SegmentationModel> create_model(const ModelConfig& config);

// The network that entries of these names and shapes belong to, whatever wrappers put in front of the names; nothing for an
// encoder alone, for more than one class and for everything unknown. Of the projection only the width is told, of the rest of
// the configuration nothing.
std::optional<ModelConfig> recognise(const EntryShapes& shapes);

}  // namespace acinus
