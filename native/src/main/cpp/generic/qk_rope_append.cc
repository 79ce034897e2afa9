#include "reference/qk_rope_append.cc"
