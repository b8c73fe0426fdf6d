// The `functional` object (contract `NativeFunctional`): each part of the method by itself. One file per group of functions.
#pragma once

#include "binding/js.h"

namespace acinus::binding {

Napi::Object functional(Napi::Env env);

void add_image_functions(Napi::Env env, Napi::Object functional);
void add_augment_functions(Napi::Env env, Napi::Object functional);
void add_loss_functions(Napi::Env env, Napi::Object functional);
void add_data_functions(Napi::Env env, Napi::Object functional);
void add_eval_functions(Napi::Env env, Napi::Object functional);
void add_train_functions(Napi::Env env, Napi::Object functional);

}  // namespace acinus::binding
