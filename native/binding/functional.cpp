#include "binding/functional.h"

namespace acinus::binding {

Napi::Object functional(Napi::Env env) {
  Napi::Object functions = Napi::Object::New(env);
  add_image_functions(env, functions);
  add_augment_functions(env, functions);
  add_loss_functions(env, functions);
  add_data_functions(env, functions);
  add_eval_functions(env, functions);
  add_train_functions(env, functions);
  return functions;
}

}  // namespace acinus::binding
