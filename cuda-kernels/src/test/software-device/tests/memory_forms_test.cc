// Every form in the table of instructions with an address, by itself: loads and stores of all spaces, types and vectors, atomics against the
// model's arithmetic, matrix rows, barriers, asynchronous copies. A form without a case fails.
#include <gtest/gtest.h>
#include <map>
#include <random>
#include "operations/memory.h"
#include "tests/model/model.h"
#include "tests/ptx_run.h"

namespace wz::software {
namespace {

using model::Parts;
using model::Type;

Parts split(const std::string& opcode) {
  Parts parts;
  size_t from = 0;
  for (size_t dot; (dot = opcode.find('.', from)) != std::string::npos; from = dot + 1) parts.push_back(opcode.substr(from, dot - from));
  parts.push_back(opcode.substr(from));
  return parts;
}
std::string number(u64 v) { return std::to_string(v); }
u64 mask_of(int bits) { return bits == 64 ? ~u64{0} : (u64{1} << bits) - 1; }
int vector_of(const Parts& p) { return model::has(p, "v4") ? 4 : model::has(p, "v2") ? 2 : 1; }
const char* register_of(int bits) { return bits == 16 ? "%h" : bits == 32 ? "%r" : "%d"; }
std::string registers(const std::string& prefix, int first, int n) {
  std::string s;
  for (int k = 0; k < n; ++k) s += (k == 0 ? "" : ", ") + prefix + number(static_cast<u64>(first + k));
  return n == 1 ? s : "{" + s + "}";
}

// Thread t has 16 bytes of its own in every space: %d3 the address to use in `space`, %d1 the results.
std::string place(const std::string& space, bool copy) {
  std::string s = "ld.param.u64 %d0, [p];\nld.param.u64 %d1, [p+8];\nmov.u32 %r0, %tid.x;\nmul.wide.u32 %d2, %r0, 64;\nadd.s64 %d1, %d1, %d2;\nmul.wide.u32 %d2, %r0, 16;\nadd.s64 %d3, %d0, %d2;\n";
  if (copy) s += "ld.global.v2.u64 {%d8, %d9}, [%d3];\n";
  if (space == "shared" || space == "generic shared") s += "mov.u64 %d4, s;\nadd.s64 %d3, %d4, %d2;\n" + std::string(copy ? "st.shared.v2.u64 [%d3], {%d8, %d9};\n" : "");
  if (space == "generic shared") s += "cvta.shared.u64 %d3, %d3;\n";
  if (space == "local") s += "mov.u64 %d3, l;\n" + std::string(copy ? "st.local.v2.u64 [%d3], {%d8, %d9};\n" : "");
  if (space == "const") s += "mov.u64 %d4, c;\nadd.s64 %d3, %d4, %d2;\n";
  return s;
}
std::string module_of(const std::string& body, const std::vector<u64>& constants) {
  std::string c = ".const .align 16 .u64 c[" + number(constants.size()) + "] = {";
  for (size_t k = 0; k < constants.size(); ++k) c += (k == 0 ? "" : ", ") + number(constants[k]);
  const std::string text = kernel_text(body, ".shared .align 16 .b8 s[1024];\n.local .align 16 .b8 l[16];\n");
  const size_t at = text.find(".visible");
  return text.substr(0, at) + c + "};\n" + text.substr(at);
}

std::vector<u64> random_words(size_t n, u64 seed) {
  std::mt19937_64 random(seed);
  std::vector<u64> v(n);
  for (u64& x : v) x = random();
  return v;
}
// 32 threads; `data` has two words for each, the results eight.
std::vector<u64> run(const std::string& body, const std::vector<u64>& data, u64* place_of_data, GlobalMemory& memory, u32 threads = 32) {
  LoadedModule module(module_of(body, data), &memory);
  const u64 in = upload(memory, data), out = upload(memory, std::vector<u64>(threads * 8));
  if (place_of_data != nullptr) *place_of_data = in;
  launch(module, memory, "k", {}, {threads, 1, 1}, {in, out});
  return download<u64>(out, threads * 8);
}

std::vector<std::string> spaces_of(const Parts& p) {
  for (const char* s : {"global", "shared", "local", "const", "param"}) {
    if (model::has(p, s)) return {s};
  }
  return {"global", "generic shared"};
}

// Into registers of the type's width and of every wider one, extended as the type says.
std::string check_load(const std::string& name) {
  const Parts p = split(name);
  const Type t = model::type_of(p.back());
  const int vector = vector_of(p);
  const auto data = random_words(64, 7);
  for (const std::string& space : spaces_of(p)) {
    for (const int width : {16, 32, 64}) {
      if (width < t.bits || (width == 16 && t.kind == 'f')) continue;
      // Of a parameter: bytes 16 on of the kernel's parameters, the same in every lane.
      std::string body = place(space, space != "const" && space != "param") + name + " " + registers(register_of(width), 10, vector) + ", " + (space == "param" ? "[p+16]" : "[%d3]") + ";\n";
      for (int k = 0; k < vector; ++k) body += "st.global.b" + number(static_cast<u64>(width)) + " [%d1+" + number(static_cast<u64>(8 * k)) + "], " + register_of(width) + number(static_cast<u64>(10 + k)) + ";\n";
      GlobalMemory memory;
      LoadedModule module(module_of(body, data), &memory);
      const u64 in = upload(memory, data), out = upload(memory, std::vector<u64>(32 * 8));
      launch(module, memory, "k", {}, {32, 1, 1}, {in, out, data[0], data[1]});
      const auto found = download<u64>(out, 32 * 8);
      for (size_t l = 0; l < 32; ++l) {
        for (size_t k = 0; k < static_cast<size_t>(vector); ++k) {
          u64 bits = 0;
          std::memcpy(&bits, reinterpret_cast<const u8*>(data.data()) + (space == "param" ? 0 : l * 16) + k * static_cast<size_t>(t.bits) / 8, static_cast<size_t>(t.bits) / 8);
          const u64 expected = model::low(model::value_of(bits, t), width);
          if (found[l * 8 + k] != expected) return space + ", " + std::to_string(width) + " bits, lane " + std::to_string(l) + ": found " + std::to_string(found[l * 8 + k]) + ", expected " + std::to_string(expected);
        }
      }
    }
  }
  return "";
}

// The lower bits of registers of the width and wider; the bytes around stay.
std::string check_store(const std::string& name) {
  const Parts p = split(name);
  const Type t = model::type_of(p.back());
  const int vector = vector_of(p);
  const auto data = random_words(64, 9);
  for (const std::string& space : spaces_of(p)) {
    if (space == "param") continue;  // writes to a call's parameters: see Calls
    for (const int width : {16, 32, 64}) {
      if (width < t.bits || (width == 16 && t.kind == 'f')) continue;
      std::string body = place(space, true);
      for (int k = 0; k < vector; ++k) body += std::string("ld.global.b") + number(static_cast<u64>(width)) + " " + register_of(width) + number(static_cast<u64>(10 + k)) + ", [%d0+" + number(static_cast<u64>(16 + 8 * k)) + "];\n";
      body += name + " [%d3], " + registers(register_of(width), 10, vector) + ";\n";
      body += "ld" + std::string(space == "global" ? ".global" : space == "local" ? ".local" : space == "shared" ? ".shared" : "") + ".v2.u64 {%d20, %d21}, [%d3];\nst.global.v2.u64 [%d1], {%d20, %d21};\n";
      if (space == "global") body.insert(body.find("ld.global.b" + number(static_cast<u64>(width)) + " " + register_of(width) + "10"), "mov.u64 %d3, %d1;\nadd.s64 %d3, %d3, 16;\nst.global.v2.u64 [%d3], {%d8, %d9};\n");
      GlobalMemory memory;
      const auto found = run(body, data, nullptr, memory);
      for (size_t l = 0; l < 32; ++l) {
        u64 expected[2] = {data[2 * l], data[2 * l + 1]};
        for (int k = 0; k < vector; ++k) std::memcpy(reinterpret_cast<u8*>(expected) + k * t.bits / 8, &data[static_cast<size_t>(2 + k)], static_cast<size_t>(t.bits) / 8);
        if (found[8 * l] != expected[0] || found[8 * l + 1] != expected[1]) return space + ", " + std::to_string(width) + " bits, lane " + std::to_string(l);
      }
    }
  }
  return "";
}

u64 atomic_result(const std::string& op, const std::string& type, u64 a, u64 b, u64 c) {
  const Type t = model::type_of(type);
  if (t.pair) {
    const std::string one = type.substr(0, type.size() - 2);
    return atomic_result(op, one, a >> 16 & 0xFFFF, b >> 16 & 0xFFFF, 0) << 16 | atomic_result(op, one, a & 0xFFFF, b & 0xFFFF, 0);
  }
  if (model::format_of(t) != nullptr) {
    std::vector<model::Expected> r(1);
    model::float_model({"add", type}, "")->lane({a, b}, r);
    return r[0].bits;
  }
  const model::s128 x = model::value_of(a, t), y = model::value_of(b, t);
  if (op == "add") return model::low(x + y, t.bits);
  if (op == "min") return x < y ? a : b;
  if (op == "max") return x > y ? a : b;
  if (op == "and") return a & b;
  if (op == "or") return a | b;
  if (op == "xor") return a ^ b;
  if (op == "exch") return b;
  if (op == "cas") return a == b ? c : a;
  if (op == "inc") return x >= y ? 0 : a + 1;
  return x == 0 || x > y ? b : a - 1;
}

// Every lane on its own words, then all lanes on one (sums of ones).
std::string check_atomic(const std::string& name) {
  const Parts p = split(name);
  std::string op, type;
  for (const std::string& word : p) {
    if (model::type_of(word).kind != 0) type = word;
    else if (word != "atom" && word != "red" && word != "global" && word != "shared" && word != "v2" && word != "v4") op = word;
  }
  const Type t = model::type_of(type);
  const int bits = t.pair ? 2 * t.bits : t.bits, vector = vector_of(p);
  const bool result = p[0] == "atom", three = op == "cas", floating = model::format_of(t) != nullptr;
  auto data = random_words(64 + 64, 11);
  if (floating) {  // finite numbers, some of a kind
    for (size_t k = 0; k < data.size(); ++k) data[k] &= bits == 64 || t.bits == 32 ? 0xBFEFFFFFBFEFFFFFull : t.kind == 'B' ? 0xBF7FBF7FBF7FBF7Full : 0xBBFFBBFFBBFFBBFFull;
  }
  for (size_t l = 0; l < 32; l += 3) {
    if (three) data[64] = data[64], data[2 * l] = (data[2 * l] & ~mask_of(bits)) | (data[64] & mask_of(bits));
  }
  if (op == "inc" || op == "dec") data[64] = 0x80000000;
  for (const std::string& space : spaces_of(p)) {
    std::string body = place(space, true);
    body.insert(body.find("ld.global.v2.u64 {%d8"), space == "global" ? "ld.global.v2.u64 {%d8, %d9}, [%d3];\nadd.s64 %d3, %d1, 16;\nst.global.v2.u64 [%d3], {%d8, %d9};\n" : "");
    const char* r = register_of(bits);
    for (int k = 0; k < vector + 1; ++k) body += std::string("ld.global.b") + number(static_cast<u64>(bits)) + " " + r + number(static_cast<u64>(20 + k)) + ", [%d0+" + number(static_cast<u64>(512 + 8 * k)) + "];\n";
    body += name + " " + (result ? registers(r, 10, vector) + ", " : "") + "[%d3], " + registers(r, 20, vector) + (three ? std::string(", ") + r + "21" : "") + ";\n";
    for (int k = 0; result && k < vector; ++k) body += std::string("st.global.b") + number(static_cast<u64>(bits)) + " [%d1+" + number(static_cast<u64>(32 + 8 * k)) + "], " + r + number(static_cast<u64>(10 + k)) + ";\n";
    body += std::string("ld") + (space == "shared" ? ".shared" : space == "global" ? ".global" : "") + ".v2.u64 {%d28, %d29}, [%d3];\nst.global.v2.u64 [%d1], {%d28, %d29};\n";
    GlobalMemory memory;
    const auto found = run(body, data, nullptr, memory);
    for (size_t l = 0; l < 32; ++l) {
      u64 words[2] = {data[2 * l], data[2 * l + 1]};
      for (size_t k = 0; k < static_cast<size_t>(vector); ++k) {
        u8* const at = reinterpret_cast<u8*>(words) + k * static_cast<size_t>(bits) / 8;
        u64 before = 0;
        std::memcpy(&before, at, static_cast<size_t>(bits) / 8);
        const u64 after = atomic_result(op, type, before, data[64 + k] & mask_of(bits), data[65] & mask_of(bits));
        std::memcpy(at, &after, static_cast<size_t>(bits) / 8);
        if (result && (found[8 * l + 4 + k] & mask_of(bits)) != before) return space + ", lane " + std::to_string(l) + ": wrong value returned";
      }
      if (found[8 * l] != words[0] || found[8 * l + 1] != words[1]) return space + ", lane " + std::to_string(l) + ": wrong value left";
    }
  }
  if (op == "add" && vector == 1 && !floating) {
    const std::string body = std::string("ld.param.u64 %d0, [p];\nmov.u32 %r0, %tid.x;\n") + "mov.b" + number(static_cast<u64>(bits)) + " " + register_of(bits) + "20, 3;\n" + (spaces_of(p)[0] == "shared" ? "" : name + " " + (result ? std::string(register_of(bits)) + "21, " : "") + "[%d0], " + register_of(bits) + "20;\n");
    if (spaces_of(p)[0] != "shared") {
      GlobalMemory memory;
      u64 in = 0;
      run(body, std::vector<u64>(64), &in, memory, 64);
      if (download<u64>(in, 1)[0] != 3 * 64) return "64 threads on one word";
    }
  }
  return "";
}

// Random rows, in random order, of 16 bytes; the documentation's fragments.
std::string check_rows(const std::string& name) {
  const Parts p = split(name);
  const int n = model::has(p, "x4") ? 4 : model::has(p, "x2") ? 2 : 1;
  const bool load = p[0] == "ldmatrix", transpose = model::has(p, "trans"), generic = !model::has(p, "shared");
  const auto data = random_words(64, 13);  // 32 rows of 16 bytes: row of lane l is l * 7 % 32
  std::string body = place("shared", load) + "mul.lo.u32 %r1, %r0, 7;\nand.b32 %r1, %r1, 31;\nmul.wide.u32 %d5, %r1, 16;\nmov.u64 %d4, s;\nadd.s64 %d3, %d4, %d5;\n";
  if (generic) body += "cvta.shared.u64 %d3, %d3;\n";
  body += "bar.sync 0;\n";
  if (load) {
    body += name + " {" + (n == 1 ? "%r10" : registers("%r", 10, n).substr(1, registers("%r", 10, n).size() - 2)) + "}, [%d3];\n";
    for (int k = 0; k < n; ++k) body += "st.global.u32 [%d1+" + number(static_cast<u64>(8 * k)) + "], %r" + number(static_cast<u64>(10 + k)) + ";\n";
  } else {
    for (int k = 0; k < n; ++k) body += "ld.global.u32 %r" + number(static_cast<u64>(10 + k)) + ", [%d0+" + number(static_cast<u64>(4 * k)) + "];\nadd.u32 %r" + number(static_cast<u64>(10 + k)) + ", %r" + number(static_cast<u64>(10 + k)) + ", %r0;\n";
    body += name + " [%d3], {" + (n == 1 ? "%r10" : registers("%r", 10, n).substr(1, registers("%r", 10, n).size() - 2)) + "};\nbar.sync 0;\nsetp.lt.u32 %p1, %r0, " + number(static_cast<u64>(8 * n)) + ";\n@%p1 ld.shared.v2.u64 {%d20, %d21}, [%d3];\n@%p1 st.global.v2.u64 [%d1], {%d20, %d21};\n";
    if (generic) body.replace(body.find("@%p1 ld.shared"), 14, "@%p1 ld");
  }
  GlobalMemory memory;
  const auto found = run(body, data, nullptr, memory);
  const auto row = [](size_t lane) { return lane * 7 % 32; };
  for (size_t m = 0; m < static_cast<size_t>(n); ++m) {
    for (size_t l = 0; l < 32; ++l) {
      for (size_t h = 0; h < 2; ++h) {
        const size_t r = transpose ? 2 * (l % 4) + h : l / 4, c = transpose ? l / 4 : 2 * (l % 4) + h;
        u16 element;
        u32 fragment;
        if (load) {
          std::memcpy(&element, reinterpret_cast<const u8*>(data.data()) + row(8 * m + r) * 16 + c * 2, 2);
          fragment = static_cast<u32>(found[8 * l + m]);
        } else {
          std::memcpy(&element, reinterpret_cast<const u8*>(&found[8 * (8 * m + r)]) + c * 2, 2);
          fragment = static_cast<u32>(data[m / 2] >> 32 * (m % 2)) + static_cast<u32>(l);
        }
        if (element != static_cast<u16>(fragment >> 16 * h)) return "matrix " + std::to_string(m) + ", lane " + std::to_string(l);
      }
    }
  }
  return "";
}

// 96 threads: a value through shared memory and one barrier, which is complete only when all (or the 64 named) have come.
std::string check_barrier(const std::string& name) {
  const Parts p = split(name);
  GlobalMemory memory;
  const auto data = random_words(192, 15);
  std::string body = "ld.param.u64 %d0, [p];\nld.param.u64 %d1, [p+8];\nmov.u32 %r0, %tid.x;\nmul.wide.u32 %d2, %r0, 64;\nadd.s64 %d1, %d1, %d2;\nmov.u32 %r1, s;\nshl.b32 %r2, %r0, 2;\nadd.u32 %r3, %r1, %r2;\nst.shared.u32 [%r3], %r0;\n";
  const u32 threads = 96;
  if (name == "bar.warp.sync") {
    body += "bar.warp.sync -1;\nxor.b32 %r4, %r0, 1;\nshl.b32 %r4, %r4, 2;\nadd.u32 %r4, %r4, %r1;\nld.shared.u32 %r5, [%r4];\nst.global.u32 [%d1], %r5;\n";
    const auto found = run(body, data, nullptr, memory, threads);
    for (size_t t = 0; t < threads; ++t) {
      if (found[8 * t] != (t ^ 1)) return "thread " + std::to_string(t);
    }
    return "";
  }
  if (model::has(p, "red")) {
    const bool count = model::has(p, "popc"), all = model::has(p, "and");
    // Twice, with other predicates; the second time among the first 64 threads.
    for (const u32 edge : {0u, 1u, 33u, 96u}) {
      std::string b = body + "setp.lt.u32 %p1, %r0, " + number(edge) + ";\n" + name + (count ? " %r5, 1, %p1;\n" : " %p2, 1, %p1;\n") + (count ? "" : "selp.u32 %r5, 1, 0, %p2;\n") + "st.global.u32 [%d1], %r5;\n";
      b += "setp.ge.u32 %p3, %r0, 64;\n@%p3 bra DONE;\n" + name + (count ? " %r6, 2, 64, !%p1;\n" : " %p2, 2, 64, !%p1;\n") + (count ? "" : "selp.u32 %r6, 1, 0, %p2;\n") + "st.global.u32 [%d1+8], %r6;\nDONE:\n";
      GlobalMemory fresh;
      const auto found = run(b, data, nullptr, fresh, threads);
      const u32 second = edge >= 64 ? 0 : 64 - edge;
      for (size_t t = 0; t < threads; ++t) {
        if (found[8 * t] != (count ? edge : all ? edge == 96 : edge > 0)) return "edge " + std::to_string(edge) + ", thread " + std::to_string(t);
        if (t < 64 && found[8 * t + 1] != (count ? second : all ? second == 64 : second > 0)) return "of 64, edge " + std::to_string(edge) + ", thread " + std::to_string(t);
      }
    }
    return "";
  }
  // Threads read what the thread 32 further on wrote; with arrive, threads of the last warp only bring their values.
  if (model::has(p, "arrive")) body += "setp.ge.u32 %p1, %r0, 64;\n@%p1 " + name + " 3, 96;\n@%p1 bra DONE;\nbar.sync 3, 96;\n";
  else if (name == "barrier.sync") body += "and.b32 %r7, %r0, 1;\nsetp.eq.u32 %p1, %r7, 1;\n@%p1 bra READY;\nbra LATER;\nREADY: barrier.sync 3;\nbra READ;\nLATER: add.u32 %r8, %r0, 0;\nbra READY;\nREAD:\n";  // half a warp comes first
  else body += name + " 3;\n";
  body += "ld.shared.u32 %r5, [%r3+128];\nst.global.u32 [%d1], %r5;\nDONE:\n";
  if (!model::has(p, "arrive")) body.replace(body.find("ld.shared.u32 %r5"), 0, "setp.ge.u32 %p2, %r0, 64;\n@%p2 bra DONE;\n");
  const auto found = run(body, data, nullptr, memory, threads);
  for (size_t t = 0; t < 64; ++t) {
    if (found[8 * t] != t + 32) return "thread " + std::to_string(t);
  }
  return "";
}

TEST(MemoryForms, EachHasItsEffect) {
  // Nothing to see of these: they must run, between a write and a read.
  const auto quiet = [](const Parts& p) { return p[0] == "membar" || p[0] == "fence" || p[0] == "griddepcontrol" || p[0] == "prefetch" || p[0] == "prefetchu" || p[0] == "nanosleep" || p[0] == "applypriority" || p[0] == "createpolicy"; };
  size_t tested = 0;
  for (const auto& [name, form] : memory_forms()) {
    const Parts p = split(name);
    std::string found;
    try {
      if (p[0] == "ld" || p[0] == "ldu") found = check_load(name);
      else if (p[0] == "st") found = check_store(name);
      else if (p[0] == "atom" || p[0] == "red") found = check_atomic(name);
      else if (p[0] == "ldmatrix" || p[0] == "stmatrix") found = check_rows(name);
      else if (p[0] == "bar" || p[0] == "barrier") found = check_barrier(name);
      else if (p[0] == "cp") continue;  // each in async_test.cc
      else if (quiet(p)) {
        std::string operands;
        for (const char c : form.signature) operands += std::string(operands.empty() ? " " : ", ") + (c == '@' ? "[%d0]" : c == 'w' ? "128" : c == 'L' ? "%d20" : c == 'l' ? "%d0" : "1.0");
        GlobalMemory memory;
        run("ld.param.u64 %d0, [p];\nmov.u32 %r0, 5;\nst.global.u32 [%d0], %r0;\n" + name + operands + ";\nld.global.u32 %r1, [%d0];\n", random_words(64, 1), nullptr, memory);
      } else {
        found = "no case";
      }
    } catch (const Fault& f) {
      found = f.what();
    }
    EXPECT_EQ(found, "") << name;
    ++tested;
  }
  std::printf("%zu forms\n", tested);
}

// Hints, scopes and policies change nothing; what is not a hint is not known.
TEST(MemoryForms, HintsAndPolicies) {
  for (const char* load : {"ld.global.nc.L1::no_allocate.L2::128B.v2.u64 {%d20, %d21}, [%d3];", "ld.global.L1::evict_last.v2.b64 {%d20, %d21}, [%d3];", "ld.volatile.global.v2.u64 {%d20, %d21}, [%d3];",
                           "ld.acquire.gpu.global.v2.u64 {%d20, %d21}, [%d3];", "createpolicy.fractional.L2::evict_first.b64 %d5, 1.0;\nld.global.nc.L2::cache_hint.v2.u64 {%d20, %d21}, [%d3], %d5;",
                           "ld.relaxed.sys.global.v2.u64 {%d20, %d21}, [%d3];", "ld.global.cs.v2.u64 {%d20, %d21}, [%d3];"}) {
    GlobalMemory memory;
    const auto data = random_words(64, 3);
    const auto found = run(place("global", false) + load + "\nst.global.cg.v2.u64 [%d1], {%d20, %d21};\n", data, nullptr, memory);
    EXPECT_EQ(found[0], data[0]) << load;
    EXPECT_EQ(found[31 * 8 + 1], data[63]) << load;
  }
  MemoryForm form;
  EXPECT_FALSE(memory_form(split("ld.global.L3::128B.u32"), &form));
  EXPECT_FALSE(memory_form(split("ld.shared::cluster.u32"), &form));
  EXPECT_FALSE(memory_form(split("atom.global.mul.u32"), &form));
  EXPECT_FALSE(memory_form(split("fence.proxy.unknown"), &form));
}

}  // namespace
}  // namespace wz::software
