#include "binding/options.h"

namespace acinus::binding {

EdgeOptions read_edge_options(const Napi::Object& options) {
  EdgeOptions out;
  out.orientations = integer(options, "orientations");
  out.wavelengths = numbers(options, "wavelengths");
  out.sigma = number(options, "sigma");
  out.gamma = number(options, "gamma");
  out.psi = number(options, "psi");
  out.kernel_size = integer(options, "kernelSize");
  out.dc_compensation = boolean(options, "dcCompensation");
  out.l1_normalize = boolean(options, "l1Normalize");
  out.before_augmentation = boolean(options, "beforeAugmentation");
  return out;
}

AugmentOptions read_augment_options(const Napi::Object& options) {
  AugmentOptions out;
  out.enabled = boolean(options, "enabled");
  out.horizontal_flip = number(options, "horizontalFlip");
  out.vertical_flip = number(options, "verticalFlip");
  out.rotate90 = number(options, "rotate90");
  out.elastic = number(options, "elastic");
  out.elastic_alpha = number(options, "elasticAlpha");
  out.elastic_sigma = number(options, "elasticSigma");
  out.brightness_contrast = number(options, "brightnessContrast");
  out.brightness_limit = number(options, "brightnessLimit");
  out.contrast_limit = number(options, "contrastLimit");
  return out;
}

SeparationOptions read_separation_options(const Napi::Object& options) {
  return {.watershed = text(options, "method") == "watershed",
          .h = number(options, "h"),
          .probability_weight = number(options, "probabilityWeight"),
          .minimum_size = integer(options, "minimumSize"),
          .fill_holes = integer(options, "fillHoles")};
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
          .focal_alpha = number(options, "focalAlpha")};
}

Napi::Object terms_to_js(Napi::Env env, const NamedValues& terms) {
  Napi::Object out = Napi::Object::New(env);
  for (const auto& [name, value] : terms) out.Set(name, value);
  return out;
}

}  // namespace acinus::binding
