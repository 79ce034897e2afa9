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

    t.linear = linear;
    t.linear_columns = linear_columns;
    t.gram_blocks = gram_blocks;
    t.gram_columns = gram_columns;
    return t;
  }();
  return filled;
}

}  // namespace wz::WZ_ISA
