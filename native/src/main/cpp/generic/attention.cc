#include "reference/attention.cc"
