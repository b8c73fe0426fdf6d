#include "core/model/model.h"

#include "core/error.h"
#include "core/model/unet_plus_plus.h"

namespace acinus {

namespace {

void require(bool known, const char* option, const std::string& value, const char* choices) {
  if (!known)
    throw Error("ACINUS_CONFIG", std::string(option) + " is \"" + value + "\"; it must be " + choices + ".", {.value = value});
}

}  // namespace

std::shared_ptr<SegmentationModel> create_model(const ModelConfig& config) {
  require(config.architecture == "unetplusplus", "architecture", config.architecture, "unetplusplus");
  require(config.input_mode == "projection" || config.input_mode == "drop" || config.input_mode == "inflate", "inputMode",
          config.input_mode, "projection, drop or inflate");
  require(config.projection_init == "identity" || config.projection_init == "kaiming", "projectionInit", config.projection_init,
          "identity or kaiming");
  return std::make_shared<UnetPlusPlus>(config);
}

}  // namespace acinus
