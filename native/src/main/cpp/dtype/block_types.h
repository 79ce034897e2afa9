// All block types, and a call with the struct of one that is known at run time only.
#pragma once
#include "dtype/iq4_nl.h"
#include "dtype/iq4_xs.h"
#include "dtype/mxfp4.h"
#include "dtype/q2_k.h"
#include "dtype/q3_k.h"
#include "dtype/q4_0.h"
#include "dtype/q4_1.h"
#include "dtype/q4_k.h"
#include "dtype/q5_0.h"
#include "dtype/q5_1.h"
#include "dtype/q5_k.h"
#include "dtype/q6_k.h"
#include "dtype/q8_0.h"
#include "dtype/tq1_0.h"
#include "dtype/tq2_0.h"
#include "wootz/dtype.h"

namespace wz {

template <class B>
struct BlockType {
  using Block = B;
};

// f(BlockType<BlockQ4_0>{}) for WZ_Q4_0 and so on. dtype is a block type.
template <class F>
static inline void with_block_type(int dtype, F&& f) {
  switch (dtype) {
    case WZ_Q4_0: f(BlockType<BlockQ4_0>{}); break;
    case WZ_Q4_1: f(BlockType<BlockQ4_1>{}); break;
    case WZ_Q5_0: f(BlockType<BlockQ5_0>{}); break;
    case WZ_Q5_1: f(BlockType<BlockQ5_1>{}); break;
    case WZ_Q8_0: f(BlockType<BlockQ8_0>{}); break;
    case WZ_Q2_K: f(BlockType<BlockQ2_K>{}); break;
    case WZ_Q3_K: f(BlockType<BlockQ3_K>{}); break;
    case WZ_Q4_K: f(BlockType<BlockQ4_K>{}); break;
    case WZ_Q5_K: f(BlockType<BlockQ5_K>{}); break;
    case WZ_Q6_K: f(BlockType<BlockQ6_K>{}); break;
    case WZ_IQ4_NL: f(BlockType<BlockIQ4_NL>{}); break;
    case WZ_IQ4_XS: f(BlockType<BlockIQ4_XS>{}); break;
    case WZ_TQ1_0: f(BlockType<BlockTQ1_0>{}); break;
    case WZ_TQ2_0: f(BlockType<BlockTQ2_0>{}); break;
    default: f(BlockType<BlockMXFP4>{}); break;
  }
}

}  // namespace wz
