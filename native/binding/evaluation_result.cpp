#include "binding/evaluation_result.h"

namespace acinus::binding {

namespace {

Napi::Object to_js(Napi::Env env, const PixelScores& s) {
  Napi::Object out = Napi::Object::New(env);
  out.Set("dice", s.dice);
  out.Set("iou", s.iou);
  out.Set("precision", s.precision);
  out.Set("recall", s.recall);
  out.Set("specificity", s.specificity);
  return out;
}

Napi::Object to_js(Napi::Env env, const Interval& s) {
  Napi::Object out = Napi::Object::New(env);
  out.Set("value", s.value);
  out.Set("low", s.low);
  out.Set("high", s.high);
  return out;
}

Napi::Object to_js(Napi::Env env, const BoundaryScores& s) {
  Napi::Object out = Napi::Object::New(env);
  out.Set("f1", s.f1);
  out.Set("meanDistance", s.mean_distance);
  out.Set("hd95", s.hd95);
  out.Set("errorShare", s.error_share);
  out.Set("shift", s.shift);
  return out;
}

Napi::Object to_js(Napi::Env env, const ErrorCauses& s) {
  Napi::Object out = Napi::Object::New(env);
  out.Set("smallComponent", s.small_component);
  out.Set("boundary", s.boundary);
  out.Set("lowContrast", s.low_contrast);
  out.Set("elsewhere", s.elsewhere);
  return out;
}

Napi::Object to_js(Napi::Env env, const Certainty& s) {
  Napi::Object out = Napi::Object::New(env);
  out.Set("pixels", number_list(env, s.pixels.data(), s.pixels.size()));
  out.Set("cells", number_list(env, s.cells.data(), s.cells.size()));
  out.Set("probability", double_array(env, {s.probability.begin(), s.probability.end()}));
  return out;
}

Napi::Object to_js(Napi::Env env, const ImageScores& s) {
  Napi::Object out = Napi::Object::New(env);
  out.Set("index", static_cast<double>(s.index));
  out.Set("hasCells", s.has_cells);
  out.Set("tp", static_cast<double>(s.tp));
  out.Set("fp", static_cast<double>(s.fp));
  out.Set("fn", static_cast<double>(s.fn));
  out.Set("tn", static_cast<double>(s.tn));
  out.Set("pixel", to_js(env, s.pixel));
  out.Set("boundary", to_js(env, s.boundary));
  out.Set("objects", binding::to_js(env, s.objects));
  out.Set("outlier", s.outlier);
  return out;
}

}  // namespace

Napi::Object to_js(Napi::Env env, const ObjectScores& s) {
  Napi::Object out = Napi::Object::New(env);
  out.Set("truth", static_cast<double>(s.truth));
  out.Set("predicted", static_cast<double>(s.predicted));
  out.Set("matched", static_cast<double>(s.matched));
  out.Set("precision", s.precision);
  out.Set("recall", s.recall);
  out.Set("f1", s.f1);
  out.Set("panopticQuality", s.panoptic_quality);
  out.Set("averagePrecision", s.average_precision);
  out.Set("aggregatedJaccard", s.aggregated_jaccard);
  out.Set("missed", static_cast<double>(s.missed));
  out.Set("phantom", static_cast<double>(s.phantom));
  out.Set("merged", static_cast<double>(s.merged));
  out.Set("split", static_cast<double>(s.split));
  out.Set("smallRecall", s.small_recall);
  out.Set("largeRecall", s.large_recall);
  out.Set("mergeRate", s.merge_rate);
  out.Set("small", static_cast<double>(s.small));
  out.Set("smallMatched", static_cast<double>(s.small_matched));
  out.Set("lesions", static_cast<double>(s.lesions));
  out.Set("lesionsMatched", static_cast<double>(s.lesions_matched));
  out.Set("lesionRecall", s.lesion_recall);
  return out;
}

Napi::Object to_js(Napi::Env env, const Evaluation& e) {
  Napi::Object out = Napi::Object::New(env);
  out.Set("images", static_cast<double>(e.images));
  out.Set("imagesWithCells", static_cast<double>(e.images_with_cells));
  out.Set("threshold", e.threshold);
  out.Set("micro", to_js(env, e.micro));
  out.Set("perImage", to_js(env, e.per_image));
  out.Set("perImageWithCells", to_js(env, e.per_image_with_cells));
  out.Set("dicePerImage", to_js(env, e.dice_per_image));
  out.Set("diceWithCells", to_js(env, e.dice_with_cells));
  out.Set("diceMicro", to_js(env, e.dice_micro));
  out.Set("iouMicro", to_js(env, e.iou_micro));
  out.Set("boundary", to_js(env, e.boundary));
  out.Set("objects", to_js(env, e.objects));
  out.Set("causes", to_js(env, e.causes));
  out.Set("certainty", to_js(env, e.certainty));
  Napi::Array images = Napi::Array::New(env, e.per_image_scores.size());
  for (size_t i = 0; i < e.per_image_scores.size(); ++i) {
    const Napi::HandleScope scope(env);
    images.Set(static_cast<uint32_t>(i), to_js(env, e.per_image_scores[i]));
  }
  out.Set("perImageScores", images);
  return out;
}

}  // namespace acinus::binding
