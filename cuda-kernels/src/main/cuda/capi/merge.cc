// The C face of the merge operations: arguments checked as on the CPU, and that the pointers are memory of one device.
#include <limits>
#include <string>
#include "capi/arguments.h"
#include "merge/merge_gram.h"
#include "merge/merge_gta.h"
#include "merge/merge_linear.h"
#include "wootz/cuda_merge.h"

using namespace wz::cuda;

namespace {

std::string numbered(const char* name, int32_t k) { return std::string(name) + "[" + std::to_string(k) + "]"; }

void check_models(const char* name, int32_t models, int32_t most) {
  if (models < 1 || models > most) refuse(WZ_UNSUPPORTED, std::string(name) + ": found " + std::to_string(models) + ", expected 1 to " + std::to_string(most));
}

void check_arithmetic(int32_t arithmetic) {
  if (arithmetic < WZ_ARITHMETIC_F32 || arithmetic > WZ_ARITHMETIC_F16) {
    refuse(WZ_UNSUPPORTED, "arithmetic: found " + std::to_string(arithmetic) + ", expected a wz_arithmetic");
  }
}

// The models and the base of a call: their types are checked, then where they lie.
class Inputs {
 public:
  Inputs(const wz_model* x, int32_t models, const wz_model* base) : x_(x), models_(models) {
    check_models("models", models, WZ_CUDA_MODELS);
    check_host("x", x, models);
    for (int32_t k = 0; k < models; ++k) check_dtype(numbered("x", k), x[k].dtype);
    if (base != nullptr && base->x != nullptr) {
      check_dtype("base", base->dtype);
      base_ = *base;
    }
  }
  void add_to(OneDevice& memory, int64_t n) const {
    for (int32_t k = 0; k < models_; ++k) memory.tensor(numbered("x", k), x_[k].x, n);
    memory.optional("base", base_.x, n);
  }
  bool all_aligned() const {
    bool all = aligned(base_.x);
    for (int32_t k = 0; k < models_; ++k) all = all && aligned(x_[k].x);
    return all;
  }
  template <class Arguments>
  void copy_to(Arguments& arguments) const {
    arguments.models = models_;
    arguments.base = base_;
    for (int32_t k = 0; k < models_; ++k) arguments.x[k] = x_[k];
  }

 private:
  const wz_model* x_;
  int32_t models_;
  wz_model base_ = {nullptr, WZ_F32};
};

// What the three forms of the linear combination share. n elements; cols 0: weights of models.
void linear(LinearArguments& arguments, WeightsOf weights, const Inputs& inputs, int32_t arithmetic, wz_cuda_stream* stream) {
  check_dtype("out", arguments.out_dtype);
  check_arithmetic(arithmetic);
  inputs.copy_to(arguments);
  if (arguments.n == 0) return;
  OneDevice memory;
  memory.tensor("out", arguments.out, arguments.n);
  inputs.add_to(memory, arguments.n);
  if (weights != WeightsOf::kModels) memory.tensor("weights", arguments.array_weights);
  arguments.packs = aligned(arguments.out) && inputs.all_aligned() && (weights == WeightsOf::kModels || arguments.cols % 8 == 0);
  CurrentDevice current(memory.device());
  merge_linear(arguments, weights, arithmetic, stream_of(stream));
}

}  // namespace

wz_status wz_cuda_merge_linear(void* out, int32_t out_dtype, const wz_model* x, int32_t models, const wz_model* base, const double* weights,
                               double divisor, int32_t arithmetic, int64_t n, wz_cuda_stream* stream) {
  return guarded("wz_cuda_merge_linear", [&] {
    check_at_least("n", n, 0);
    const Inputs inputs(x, models, base);
    check_host("weights", weights, models);
    check_number("divisor", divisor);
    if (divisor == 0) refuse(WZ_INVALID_ARGUMENT, "divisor: found 0, expected another number");
    LinearArguments arguments = {};
    arguments.out = out;
    arguments.out_dtype = out_dtype;
    arguments.divisor = divisor;
    arguments.n = n;
    for (int32_t k = 0; k < models; ++k) {
      check_number(numbered("weights", k), weights[k]);
      arguments.weights[k] = weights[k];
    }
    linear(arguments, WeightsOf::kModels, inputs, arithmetic, stream);
  });
}

namespace {

// A weight for each model and row, or column: the two differ in which of them alone.
wz_status linear_matrix(const char* operation, WeightsOf of, void* out, int32_t out_dtype, const wz_model* x, int32_t models, const wz_model* base,
                        const double* weights, int32_t arithmetic, int64_t rows, int64_t cols, wz_cuda_stream* stream) {
  return guarded(operation, [&] {
    LinearArguments arguments = {};
    arguments.n = check_shape(rows, cols);
    const Inputs inputs(x, models, base);
    arguments.out = out;
    arguments.out_dtype = out_dtype;
    arguments.divisor = 1;
    arguments.cols = cols;
    arguments.array_weights = weights;
    linear(arguments, of, inputs, arithmetic, stream);
  });
}

}  // namespace

wz_status wz_cuda_merge_linear_rows(void* out, int32_t out_dtype, const wz_model* x, int32_t models, const wz_model* base, const double* weights,
                                    int32_t arithmetic, int64_t rows, int64_t cols, wz_cuda_stream* stream) {
  return linear_matrix("wz_cuda_merge_linear_rows", WeightsOf::kRows, out, out_dtype, x, models, base, weights, arithmetic, rows, cols, stream);
}

wz_status wz_cuda_merge_linear_columns(void* out, int32_t out_dtype, const wz_model* x, int32_t models, const wz_model* base, const double* weights,
                                       int32_t arithmetic, int64_t rows, int64_t cols, wz_cuda_stream* stream) {
  return linear_matrix("wz_cuda_merge_linear_columns", WeightsOf::kColumns, out, out_dtype, x, models, base, weights, arithmetic, rows, cols, stream);
}

int64_t wz_cuda_merge_gram_scratch(int32_t models, int64_t n) {
  if (models < 1 || models > WZ_CUDA_MODELS || n < 0) return 0;
  return gram_pairs(models) * gram_blocks(n) * static_cast<int64_t>(sizeof(double));
}

wz_status wz_cuda_merge_gram(double* gram, const wz_model* x, int32_t models, const wz_model* base, int64_t n, void* scratch,
                             wz_cuda_stream* stream) {
  return guarded("wz_cuda_merge_gram", [&] {
    check_at_least("n", n, 0);
    const Inputs inputs(x, models, base);
    if (n == 0) return;
    OneDevice memory;
    memory.tensor("gram", gram);
    inputs.add_to(memory, n);
    memory.tensor("scratch", scratch);
    check_aligned("scratch", scratch, sizeof(double));
    GramArguments arguments = {};
    arguments.gram = gram;
    arguments.blocks = static_cast<double*>(scratch);
    arguments.n = n;
    inputs.copy_to(arguments);
    CurrentDevice current(memory.device());
    merge_gram(arguments, stream_of(stream));
  });
}

wz_status wz_cuda_merge_gta(const wz_gta* gta, const wz_gta_model* models, int32_t count, int64_t n, wz_cuda_stream* stream) {
  return guarded("wz_cuda_merge_gta", [&] {
    check_host("gta", gta);
    check_at_least("n", n, 0);
    check_models("count", count, WZ_CUDA_GTA_MODELS);
    check_host("models", models, count);
    check_dtype("out", gta->out_dtype);
    check_dtype("base", gta->base_dtype);
    check_arithmetic(gta->arithmetic);
    check_number("lambda", gta->lambda);
    GtaArguments a = {};
    a.out = gta->out;
    a.out_dtype = gta->out_dtype;
    a.base = {gta->base, gta->base_dtype};
    a.models = count;
    a.consensus = gta->consensus != 0;
    a.normalize = gta->normalize != 0;
    a.lambda = gta->lambda;
    a.n = n;
    a.packs = aligned(a.out) && aligned(a.base.x);
    for (int32_t k = 0; k < count; ++k) {
      const wz_gta_model& m = models[k];
      check_dtype(numbered("models", k), m.dtype);
      if (m.sparsifier != WZ_KEEP_ALL) {
        refuse(WZ_UNSUPPORTED, numbered("models", k) + ".sparsifier: found " + std::to_string(m.sparsifier) + ", expected WZ_KEEP_ALL");
      }
      check_number(numbered("models", k) + ".weight", m.weight);
      check_number(numbered("models", k) + ".rescale", m.rescale);
      a.x[k] = {m.x, m.dtype};
      a.weights[k] = m.weight;
      a.rescale[k] = m.rescale;
      a.packs = a.packs && aligned(m.x);
    }
    if (n == 0) return;
    OneDevice memory;
    memory.tensor("out", a.out);
    memory.tensor("base", a.base.x);
    for (int32_t k = 0; k < count; ++k) memory.tensor(numbered("models", k), a.x[k].x);
    CurrentDevice current(memory.device());
    merge_gta(a, gta->arithmetic, stream_of(stream));
  });
}
