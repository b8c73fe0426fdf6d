#include "binding/options.h"

namespace acinus::binding {

EdgeOptions read_edge_options(const Napi::Object& options) {
  EdgeOptions out;
  out.orientations = integer(options, "orientations");
  out.wavelengths.clear();
  const auto wavelengths = object(options, "wavelengths").As<Napi::Array>();
  for (uint32_t i = 0; i < wavelengths.Length(); ++i) {
    out.wavelengths.push_back(wavelengths.Get(i).As<Napi::Number>().DoubleValue());
  }
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

StabilizedLossOptions read_stabilized_loss_options(const Napi::Object& options) {
  StabilizedLossOptions out;
  out.dice_weight = number(options, "diceWeight");
  out.bce_weight = number(options, "bceWeight");
  out.tversky_weight = number(options, "tverskyWeight");
  out.boundary_weight = number(options, "boundaryWeight");
  out.tversky_alpha = number(options, "tverskyAlpha");
  out.tversky_beta = number(options, "tverskyBeta");
  out.logit_clamp = number(options, "logitClamp");
  out.epsilon = number(options, "epsilon");
  out.smooth = number(options, "smooth");
  out.positive_weight_min = number(options, "positiveWeightMin");
  out.positive_weight_max = number(options, "positiveWeightMax");
  return out;
}

Napi::Object loss_terms(Napi::Env env, const LossTerms& loss) {
  Napi::Object out = Napi::Object::New(env);
  out.Set("dice", loss.dice.item<double>());
  out.Set("bce", loss.bce.item<double>());
  out.Set("tversky", loss.tversky.item<double>());
  out.Set("boundary",
          loss.boundary.defined() ? Napi::Number::New(env, loss.boundary.item<double>()).As<Napi::Value>() : env.Null());
  out.Set("positiveWeight", loss.positive_weight.item<double>());
  return out;
}

}  // namespace acinus::binding
