// The CUDA kernels' own source, compiled for the host.
#include "cuda/adamw.cu"
#include "cuda/batch_norm.cu"
#include "cuda/kernels.cu"
#include "cuda/loss.cu"
