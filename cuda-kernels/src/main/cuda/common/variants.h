// Which kernels may run: see wootz/cuda_variants.h. An operation with a choice asks enabled() for each of its faster variants, in one place.
#pragma once
#include <cstdint>

namespace wz::cuda {

// In the order of wz_cuda_variant_describe; the table in capi/variants.cc has a row for each.
enum class Variant : int32_t { kAttentionGeneric, kAttentionTensor, kCount };

bool enabled(Variant variant);

}  // namespace wz::cuda
