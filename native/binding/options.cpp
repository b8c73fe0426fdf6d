#include "binding/options.h"
#include "binding/words.h"

namespace acinus::binding {

EdgeOptions read_edge_options(const Napi::Object& options) {
  return {.orientations = integer(options, "orientations"),
          .wavelengths = numbers(options, "wavelengths"),
          .sigma = number(options, "sigma"),
          .gamma = number(options, "gamma"),
          .psi = number(options, "psi"),
          .kernel_size = integer(options, "kernelSize"),
          .dc_compensation = boolean(options, "dcCompensation"),
          .l1_normalize = boolean(options, "l1Normalize"),
          .scale = word(options, "scale", kEdgeScales),
          .gain = number(options, "gain"),
          .before_augmentation = boolean(options, "beforeAugmentation")};
}

AugmentOptions read_augment_options(const Napi::Object& options) {
  return {.enabled = boolean(options, "enabled"),
          .horizontal_flip = number(options, "horizontalFlip"),
          .vertical_flip = number(options, "verticalFlip"),
          .rotate90 = number(options, "rotate90"),
          .elastic = number(options, "elastic"),
          .elastic_alpha = number(options, "elasticAlpha"),
          .elastic_sigma = number(options, "elasticSigma"),
          .brightness_contrast = number(options, "brightnessContrast"),
          .brightness_limit = number(options, "brightnessLimit"),
          .contrast_limit = number(options, "contrastLimit")};
}

SeparationOptions read_separation_options(const Napi::Object& options) {
  return {.watershed = text(options, "method") == "watershed",
          .h = number(options, "h"),
          .probability_weight = number(options, "probabilityWeight"),
          .minimum_size = integer(options, "minimumSize"),
          .fill_holes = integer(options, "fillHoles")};
}

std::optional<CrfOptions> read_crf_options(const Napi::Object& options) {
  if (options.Get("crf").IsNull()) return std::nullopt;
  const Napi::Object crf = object(options, "crf");
  return CrfOptions{.gaussian_weight = number(crf, "gaussianWeight"),
                    .gaussian_width = number(crf, "gaussianWidth"),
                    .bilateral_weight = number(crf, "bilateralWeight"),
                    .bilateral_width = number(crf, "bilateralWidth"),
                    .colour_width = number(crf, "colourWidth"),
                    .iterations = integer(crf, "iterations")};
}

LossWeights read_loss_weights(const Napi::Object& weights) {
  LossWeights out;
  for (const LossTerm& term : loss_terms()) out.push_back(number(weights, term.name));
  return out;
}

LossOptions read_loss_options(const Napi::Object& options) {
  return {.weights = read_loss_weights(options),
          .logit_clamp = number(options, "logitClamp"),
          .epsilon = number(options, "epsilon"),
          .smooth = number(options, "smooth"),
          .tversky_alpha = number(options, "tverskyAlpha"),
          .tversky_beta = number(options, "tverskyBeta"),
          .positive_weight_min = number(options, "positiveWeightMin"),
          .positive_weight_max = number(options, "positiveWeightMax"),
          .focal_gamma = number(options, "focalGamma"),
          .focal_alpha = number(options, "focalAlpha"),
          .boundary_scale = word(options, "boundaryScale", kBoundaryScales)};
}

Napi::Object terms_to_js(Napi::Env env, const NamedValues& terms) {
  Napi::Object out = Napi::Object::New(env);
  for (const auto& [name, value] : terms) out.Set(name, value);
  return out;
}

}  // namespace acinus::binding
