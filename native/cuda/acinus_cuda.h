/* The one interface of the CUDA kernels: raw pointers to a device's memory, sizes, and a stream. It knows nothing of LibTorch,
 * and the library that has it is opened at run time. Functions only enqueue work on the stream and never wait for it. They
 * return 0, or the cudaError_t of the launch. Numbers in structs whose names do not say otherwise are on the host. */
#ifndef ACINUS_CUDA_H
#define ACINUS_CUDA_H

#include <stdint.h>

/* Changes whenever something below does. */
#define ACINUS_CUDA_VERSION 1

#ifdef __cplusplus
extern "C" {
#endif

enum AcinusCudaType { ACINUS_CUDA_FLOAT32 = 0, ACINUS_CUDA_BFLOAT16 = 1, ACINUS_CUDA_FLOAT16 = 2 };
enum AcinusCudaActivation { ACINUS_CUDA_IDENTITY = 0, ACINUS_CUDA_RELU = 1, ACINUS_CUDA_RELU6 = 2, ACINUS_CUDA_SILU = 3 };

/* x [images, pixels, channels] (channels-last) of a type; pointers to it are `void`. All arithmetic is in float32. */
struct AcinusCudaImages {
  int type;
  int64_t images, pixels, channels;
};

/* A BatchNorm2d; each pointer to [channels] on the device. Where `training` is 0, mean and variance are the running ones. */
struct AcinusCudaNorm {
  const float *weight, *bias;
  float *running_mean, *running_var;
  int64_t* batches; /* [1], or null: nothing is counted */
  double eps, momentum;
  int training;
  int activation;
};

/* The stabilized loss; see ops/stabilized_loss.h for the names. A logit_clamp of 0 is none, a share_of_cells below 0 is the
 * target's. */
struct AcinusCudaLoss {
  double dice_weight, bce_weight, tversky_weight;
  double logit_clamp, epsilon, smooth, tversky_alpha, tversky_beta;
  double positive_weight_min, positive_weight_max, share_of_cells;
  int ignoring;
};

/* A stretch of one parameter, of at most ACINUS_CUDA_STRETCH numbers; `tensor` is its number in `steps`. */
#define ACINUS_CUDA_STRETCH 65536
struct AcinusCudaStretch {
  float* parameter;
  const float* gradient;
  float *exp_avg, *exp_avg_sq;
  int64_t count, tensor;
};

struct AcinusCudaAdamW {
  const double* rates; /* on the device: learning rate, beta1 */
  double beta2, weight_decay, eps;
};

struct AcinusCudaKernels {
  int version;

  /* act(norm(x)), or residual + factors[image]·norm(x) where there is a residual; factors float [images], or null for 1
   * everywhere. In training the running statistics move on. `saved` [2·channels] receives what the backward pass needs beside
   * x. */
  int64_t (*norm_workspace)(struct AcinusCudaImages shape); /* in floats, of each of both passes */
  int (*norm)(struct AcinusCudaImages shape, struct AcinusCudaNorm norm, const void* x, const void* residual,
              const float* factors, void* y, float* saved, float* workspace, void* stream);
  /* dx, and the gradients of weight and bias. dy is also the gradient of the residual. */
  int (*norm_backward)(struct AcinusCudaImages shape, struct AcinusCudaNorm norm, const void* x, const void* dy,
                       const float* factors, const float* saved, void* dx, float* dweight, float* dbias, float* workspace,
                       void* stream);

  /* Of logits [images, pixels] (one channel) and target float [images, pixels]. `values`: total, Dice, cross-entropy, Tversky.
   * `slopes` [4·images] is what the gradient needs beside its inputs. `upstream` [1]: the gradient of the total. */
  int64_t (*loss_workspace)(struct AcinusCudaImages shape); /* in doubles */
  int (*loss)(struct AcinusCudaImages shape, struct AcinusCudaLoss options, const void* logits, const float* target,
              float* values, float* slopes, double* workspace, void* stream);
  int (*loss_gradient)(struct AcinusCudaImages shape, struct AcinusCudaLoss options, const void* logits, const float* target,
                       const float* slopes, const float* upstream, void* gradient, void* stream);

  /* The 2-norm of all gradients; `stretches` [count] is on the device. norm[0] is the norm divided by `scale` [1] (null: 1),
   * and norm[1] what gradients are to be divided by, so that their norm is at most `clip` (0: any). */
  int (*total_norm)(const struct AcinusCudaStretch* stretches, int64_t count, const float* scale, double clip, float* norm,
                    double* workspace /* [count] */, void* stream);
  /* AdamW's step of all parameters. steps: [tensors] pointers to a float each. Gradients are divided by divisor[0] (null: 1).
   * Where `guard` [1] (null: none) is not finite, nothing changes, and no step is counted. */
  int (*adamw)(const struct AcinusCudaStretch* stretches, int64_t count, float* const* steps, int64_t tensors,
               struct AcinusCudaAdamW options, const float* divisor, const float* guard, float* workspace /* [3·tensors] */,
               void* stream);
};

/* Null where the library has another version of this interface. */
#if defined(_WIN32)
__declspec(dllexport)
#else
__attribute__((visibility("default")))
#endif
const struct AcinusCudaKernels*
acinus_cuda_kernels(int version);

#ifdef __cplusplus
}
#endif

#endif
