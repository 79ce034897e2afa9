// The C face of the merge operations: arguments checked as on the CPU, and that the pointers are memory of one device.
#include <string>
#include "capi/arguments.h"
#include "merge/merge_linear.h"
#include "wootz/cuda.h"

wz_status wz_cuda_merge_linear(void* out, int32_t out_dtype, const wz_model* x, int32_t models, const wz_model* base, const double* weights,
                               double divisor, int32_t arithmetic, int64_t n, wz_cuda_stream* stream) {
  return wz::cuda::guarded("wz_cuda_merge_linear", [&] {
    using namespace wz::cuda;
    check_at_least("n", n, 0);
    if (models < 1 || models > WZ_CUDA_MODELS) {
      refuse(WZ_UNSUPPORTED, "models: found " + std::to_string(models) + ", expected 1 to " + std::to_string(WZ_CUDA_MODELS));
    }
    check_host("x", x, models);
    check_host("weights", weights, models);
    if (arithmetic != WZ_ARITHMETIC_F32 && arithmetic != WZ_ARITHMETIC_F64) {
      refuse(WZ_UNSUPPORTED, "arithmetic: found " + std::to_string(arithmetic) + ", expected WZ_ARITHMETIC_F32 or WZ_ARITHMETIC_F64");
    }
    check_dtype("out", out_dtype);
    check_number("divisor", divisor);
    if (divisor == 0) refuse(WZ_INVALID_ARGUMENT, "divisor: found 0, expected another number");
    LinearArguments arguments = {};
    arguments.out = out;
    arguments.out_dtype = out_dtype;
    arguments.models = models;
    arguments.divisor = divisor;
    arguments.n = n;
    arguments.aligned = aligned(out);
    for (int32_t k = 0; k < models; ++k) {
      check_dtype("x[" + std::to_string(k) + "]", x[k].dtype);
      check_number("weights[" + std::to_string(k) + "]", weights[k]);
      arguments.x[k] = x[k];
      arguments.weights[k] = weights[k];
      arguments.aligned = arguments.aligned && aligned(x[k].x);
    }
    if (base != nullptr && base->x != nullptr) {
      check_dtype("base", base->dtype);
      arguments.base = *base;
      arguments.aligned = arguments.aligned && aligned(base->x);
    }
    if (n == 0) return;
    OneDevice memory;
    memory.tensor("out", out, n);
    for (int32_t k = 0; k < models; ++k) memory.tensor("x[" + std::to_string(k) + "]", x[k].x, n);
    memory.optional("base", arguments.base.x, n);
    CurrentDevice current(memory.device());
    merge_linear(arguments, arithmetic == WZ_ARITHMETIC_F64, stream_of(stream));
  });
}
