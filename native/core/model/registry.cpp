#include "core/model/registry.h"

#include <algorithm>

#include "core/error.h"
#include "core/model/encoder_decoder.h"
#include "core/model/initialise.h"
#include "core/model/wrappers.h"

namespace acinus {

// Each defined in the file of its name.
ArchitectureEntry unet_plus_plus();
ArchitectureEntry unet();
ArchitectureEntry unet_ronneberger();
ArchitectureEntry attention_unet();
ArchitectureEntry multiscale_attention_unet();
std::vector<EncoderEntry> efficientnet();
std::vector<EncoderEntry> efficientnet_lite();

const std::vector<ArchitectureEntry>& architectures() {
  static const std::vector<ArchitectureEntry> all{unet_plus_plus(), unet(), unet_ronneberger(), attention_unet(),
                                                  multiscale_attention_unet()};
  return all;
}

const std::vector<EncoderEntry>& encoders() {
  static const std::vector<EncoderEntry> all = [] {
    std::vector<EncoderEntry> out;
    for (const auto& family : {efficientnet(), efficientnet_lite()}) out.insert(out.end(), family.begin(), family.end());
    return out;
  }();
  return all;
}

namespace {

[[noreturn]] void refuse(const char* option, const std::string& value, const std::string& choices) {
  throw Error("ACINUS_CONFIG", std::string(option) + " is \"" + value + "\"; it must be " + choices + ".", {.value = value});
}

void require_one_of(const char* option, const std::string& value, const std::vector<std::string>& choices) {
  if (std::find(choices.begin(), choices.end(), value) != choices.end()) return;
  std::string list = choices.front();
  for (size_t i = 1; i < choices.size(); ++i) list += (i + 1 == choices.size() ? " or " : ", ") + choices[i];
  refuse(option, value, list);
}

template <class Entry>
const Entry& entry_of(const char* option, const std::string& name, const std::vector<Entry>& all) {
  std::vector<std::string> known;
  for (const auto& entry : all) {
    if (entry.name == name) return entry;
    known.push_back(entry.name);
  }
  require_one_of(option, name, known);
  std::abort();  // the name is not among the known ones
}

void check_decoder(const ModelConfig& config, const ArchitectureEntry& architecture, const EncoderEntry& encoder) {
  const auto& channels = config.decoder_channels;
  const size_t levels = encoder.features.size();
  if (channels.size() != levels) {
    throw Error("ACINUS_CONFIG", architecture.title + " over " + encoder.name + " needs " + std::to_string(levels) +
                                     " decoderChannels, one a level; there are " + std::to_string(channels.size()) + ".");
  }
  const int64_t least = minimum_decoder_channels(config.decoder_attention);
  if (*std::min_element(channels.begin(), channels.end()) < least) {
    throw Error("ACINUS_CONFIG",
                "decoderChannels must be at least " + std::to_string(least) + " each with this decoderAttention.");
  }
}

// What is left of the entries that begin so.
EntryShapes below(const EntryShapes& shapes, const std::string& prefix) {
  EntryShapes out;
  for (const auto& [name, shape] : shapes) {
    if (name.starts_with(prefix)) out.emplace(name.substr(prefix.size()), shape);
  }
  return out;
}

// −1 where there is no such entry or no such axis.
int64_t length_of(const EntryShapes& shapes, const std::string& name, size_t axis) {
  const auto found = shapes.find(name);
  return found == shapes.end() || axis >= found->second.size() ? -1 : found->second[axis];
}

bool tell_decoder(const ArchitectureEntry& architecture, const EntryShapes& decoder, size_t levels, ModelConfig& config) {
  if (!architecture.over) return false;
  const auto& outermost = architecture.over->outermost;
  config.decoder_channels.clear();
  for (size_t i = 0; i < levels; ++i) {
    const int64_t channels = length_of(decoder, outermost(i) + ".conv1.0.weight", 0);
    if (channels < 1) return false;
    config.decoder_channels.push_back(channels);
  }
  config.architecture = architecture.name;
  config.decoder_attention =
      decoder.contains(outermost(0) + ".attention2.attention.cSE.1.weight") ? DecoderAttention::kScse : DecoderAttention::kNone;
  return true;
}

// In networks with an encoder of their own: the weight that sees the channels of the image.
constexpr char kOwnStem[] = "blocks.0.conv1.0.weight";

// Told by the names that are there; the width by the first weight. Dropout and dilations leave no trace: they are the defaults.
bool tell_own(const ArchitectureEntry& architecture, const EntryShapes& encoder, const EntryShapes& decoder,
              ModelConfig& config) {
  const int64_t width = length_of(encoder, kOwnStem, 0);
  if (!architecture.own || width < 1 || !architecture.own->matches(encoder, decoder)) return false;
  config.architecture = architecture.name;
  config.width = width;
  config.dropout = architecture.own->dropout;
  config.atrous_rates = architecture.own->atrous_rates;
  return true;
}

void tell_input(const EntryShapes& projection, int64_t stem_channels, ModelConfig& config) {
  const int64_t width = length_of(projection, "conv1.weight", 0);
  if (width > 0) {
    config.input_mode = InputMode::kProjection;
    config.projection_width = width;
  } else {
    config.input_mode = stem_channels == 4 ? InputMode::kInflate : InputMode::kDrop;
  }
}

std::shared_ptr<SegmentationModel> create_own(const ModelConfig& config, const ArchitectureEntry& architecture) {
  const OwnEncoder& own = *architecture.own;
  if (config.width < 1 || !(config.dropout >= 0.0 && config.dropout < 1.0) ||
      own.atrous_rates.empty() != config.atrous_rates.empty()) {
    throw Error("ACINUS_CONFIG", architecture.title + " needs a width of at least 1, a dropout from 0 to below 1, and " +
                                     (own.atrous_rates.empty() ? "no atrousRates." : "at least one of atrousRates."));
  }
  const auto parts = own.parts(config);
  // No file holds such an encoder with a classifier behind it.
  return std::make_shared<EncoderDecoder>(config, encoder_decoder_names(kOwnStem, "classifier."),
                                          NetworkParts{.encoder = parts.encoder,
                                                       .decoder = parts.decoder,
                                                       .head = convolution1x1(config.width, 1, true),
                                                       .initialise_encoder = initialise_kaiming});
}

}  // namespace

int64_t minimum_decoder_channels(DecoderAttention attention) {
  return attention == DecoderAttention::kScse ? kScseReduction : 1;
}

std::shared_ptr<SegmentationModel> create_model(const ModelConfig& config) {
  const auto& architecture = entry_of("architecture", config.architecture, architectures());
  if (architecture.own) return create_own(config, architecture);
  const auto& encoder = entry_of("encoder", config.encoder, encoders());
  check_decoder(config, architecture, encoder);

  DecoderOptions options{{}, config.decoder_channels, config.decoder_attention == DecoderAttention::kScse};
  for (const auto& feature : encoder.features) options.encoder_channels.push_back(feature.channels);
  return std::make_shared<EncoderDecoder>(
      config, encoder_decoder_names(encoder.stem, encoder.classifier),
      NetworkParts{.encoder = encoder.create({encoder_input_channels(config.input_mode), config.drop_connect_rate}),
                   .decoder = architecture.over->decoder(options),
                   .head = convolution3x3(config.decoder_channels.back(), 1, true),
                   .initialise_encoder = initialise_default});
}

std::optional<ModelConfig> recognise(const EntryShapes& given) {
  EntryShapes shapes;
  for (const auto& [name, shape] : given) shapes.emplace(without_known_wrappers(name), shape);
  const EntryNames names = encoder_decoder_names("", "");
  const EntryShapes encoder_entries = below(shapes, names.encoder), decoder_entries = below(shapes, names.decoder.front());
  if (length_of(below(shapes, names.decoder.back()), "0.weight", 0) != 1) return std::nullopt;
  const EntryShapes projection = below(shapes, names.projection);
  ModelConfig config{};
  for (const auto& architecture : architectures()) {
    if (!tell_own(architecture, encoder_entries, decoder_entries, config)) continue;
    tell_input(projection, length_of(encoder_entries, kOwnStem, 1), config);
    return config;
  }
  const auto encoder = std::find_if(encoders().begin(), encoders().end(),
                                    [&](const EncoderEntry& entry) { return entry.matches(encoder_entries); });
  if (encoder == encoders().end()) return std::nullopt;
  config.encoder = encoder->name;
  const size_t levels = encoder->features.size();
  if (std::none_of(architectures().begin(), architectures().end(),
                   [&](const ArchitectureEntry& entry) { return tell_decoder(entry, decoder_entries, levels, config); })) {
    return std::nullopt;
  }
  tell_input(projection, length_of(encoder_entries, encoder->stem, 1), config);
  return config;
}

}  // namespace acinus
