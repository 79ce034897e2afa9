// Fills the dispatch table of one instruction set; compiled once for each.
#include "capi/table.h"
#include "capi/operations.h"

#define WZ_TEXT_(x) #x
#define WZ_TEXT(x) WZ_TEXT_(x)

namespace wz::WZ_ISA {

const Table& table() {
  static const Table filled = [] {
    Table t{};
    t.isa = WZ_TEXT(WZ_ISA);

    t.convert = convert;

    t.dequantize = dequantize;
    t.quantize = quantize;

    t.philox_words = philox_words;
    t.philox_normal = philox_normal;

    t.linear = linear;
    t.linear_columns = linear_columns;
    t.gram_blocks = gram_blocks;
    t.gram_columns = gram_columns;

    t.gta = gta;
    t.gta_l1 = gta_l1;

    t.delta_keys = delta_keys;
    t.variance_keys = variance_keys;
    t.fusion_keys = fusion_keys;
    t.histogram = histogram;
    t.count = count;
    t.delta_between = delta_between;
    t.between = between;
    t.key_at_rank = key_at_rank;
    t.row_ranks = row_ranks;

    t.sce_squares = sce_squares;
    t.sce = sce;
    t.nearswap = nearswap;
    t.ram_counts = ram_counts;
    t.ram = ram;
    t.fusion = fusion;

    t.lora = lora;
    t.matmul = matmul;
    t.statistics = statistics;
    t.distance = distance;

    t.vector_add = vector_add;
    t.vector_subtract = vector_subtract;
    t.vector_multiply = vector_multiply;
    t.vector_divide = vector_divide;
    t.vector_scale = vector_scale;
    t.vector_divide_by = vector_divide_by;
    t.vector_add_scalar = vector_add_scalar;
    t.vector_dot_blocks = vector_dot_blocks;

    t.qk_rope_append = qk_rope_append;
    t.attention_tile = attention_tile;
    t.attention_span = attention_span;
    t.attention_merge = attention_merge;
    t.kv_rotate = kv_rotate;

    t.linear_quantize = linear_quantize;
    t.linear_packed = linear_packed;
    t.linear_rows = linear_rows;

    t.rms_norm = rms_norm;
    t.swiglu = swiglu;
    t.moe_combine = moe_combine;

    t.logits_max = logits_max;
    t.logits_copy = logits_copy;
    t.logits_divide = logits_divide;
    t.logits_exp = logits_exp;
    return t;
  }();
  return filled;
}

}  // namespace wz::WZ_ISA
