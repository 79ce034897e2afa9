#include "operations/forms.h"

namespace wz::software {

const Forms& forms() {
  static const Forms all = [] {
    Forms f;
    add_move_forms(f);
    add_integer_forms(f);
    add_carry_forms(f);
    add_bit_forms(f);
    add_compare_forms(f);
    add_float_forms(f);
    add_special_forms(f);
    add_half_forms(f);
    add_small_convert_forms(f);  // the general way; the next replaces what is common
    add_convert_forms(f);
    add_warp_forms(f);
    add_matrix_forms(f);
    return f;
  }();
  return all;
}

const char* class_name(Class c) {
  static const char* const kNames[kClasses] = {"move",    "integer", "float",  "double", "half",      "convert", "special", "compare", "control",
                                               "barrier", "global",  "shared", "local",  "parameter", "atomic",  "async",   "warp",    "tensor"};
  return kNames[static_cast<int>(c)];
}

}  // namespace wz::software
