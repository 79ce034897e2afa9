// Allocation, copies and fills.
#include <cstring>
#include "runtime/device.h"

namespace wz::software {
namespace {
constexpr int kHostToHost = 0, kHostToDevice = 1, kDeviceToHost = 2, kDeviceToDevice = 3, kDefault = 4;

std::string hex(const void* p) {
  char text[24];
  std::snprintf(text, sizeof text, "%p", p);
  return text;
}
}  // namespace

u64 Device::allocate(u64 bytes, MemoryKind kind, const char* call) {
  forbid_in_capture(call);
  if (kind != MemoryKind::kHost && bytes > free_bytes()) {
    refuse(kOutOfMemory, std::string(call) + " of " + std::to_string(bytes) + " bytes; " + std::to_string(free_bytes()) + " of " + std::to_string(settings.memory) + " are free");
  }
  const u64 at = memory.allocate(bytes, kind);
  owned[at] = {++allocations_, call};
  return at;
}

void Device::free(u64 address, MemoryKind kind) {
  forbid_in_capture("free");
  queue.finish_all();
  if (owned.count(address) == 0 || !memory.free(address, kind)) {
    refuse(kInvalidValue, "free of " + hex(reinterpret_cast<void*>(address)) + ", which is " + memory.where(address) + " and not the begin of an allocation of that kind");
  }
  owned.erase(address);
}

u64 Device::free_bytes() const { return settings.memory - std::min(settings.memory, memory.device_bytes()); }

bool Device::pageable(const void* p) { return memory.find(reinterpret_cast<u64>(p), 1) == nullptr; }

// Whether [p, p + bytes) is memory of the device; throws if it begins there and goes on elsewhere.
bool Device::on_device(const void* p, u64 bytes, const char* name) {
  const Allocation* a = memory.find(reinterpret_cast<u64>(p), 1);
  if (a == nullptr) return false;
  if (memory.find(reinterpret_cast<u64>(p), bytes) == nullptr) {
    refuse(kInvalidValue, std::string(name) + ": " + std::to_string(bytes) + " bytes from " + hex(p) + " on, " + memory.where(reinterpret_cast<u64>(p)));
  }
  return a->kind != MemoryKind::kHost;
}

void Device::move(void* to, bool to_ours, const void* from, bool from_ours, u64 bytes) {
  Allocation* target = memory.find(reinterpret_cast<u64>(to), bytes);
  const Allocation* source = memory.find(reinterpret_cast<u64>(from), bytes);
  // A graph may outlive the memory that it was captured with.
  if (to_ours && target == nullptr) refuse(kIllegalAddress, "copy to " + hex(to) + ", which is freed");
  if (from_ours && source == nullptr) refuse(kIllegalAddress, "copy from " + hex(from) + ", which is freed");
  std::memmove(to, from, bytes);
  if (target == nullptr) return;
  if (source != nullptr) target->copy_written(reinterpret_cast<u64>(to), *source, reinterpret_cast<u64>(from), bytes);
  else target->mark_written(reinterpret_cast<u64>(to), bytes);
}

void Device::copy(Stream& s, void* to, const void* from, u64 bytes, int kind) { copy_rows(s, to, bytes, from, bytes, bytes, 1, kind); }

void Device::copy_rows(Stream& s, void* to, u64 to_pitch, const void* from, u64 from_pitch, u64 width, u64 rows, int kind) {
  if (width == 0 || rows == 0) return;
  if (to == nullptr || from == nullptr) refuse(kInvalidValue, "copy: found a null pointer");
  if (kind < kHostToHost || kind > kDefault) refuse(kInvalidCopyDirection, "copy: found direction " + std::to_string(kind));
  if (to_pitch < width || from_pitch < width) refuse(kInvalidValue, "copy: a pitch is smaller than the width of " + std::to_string(width) + " bytes");
  const bool to_device = on_device(to, to_pitch * (rows - 1) + width, "copy to"), from_device = on_device(from, from_pitch * (rows - 1) + width, "copy from");
  const auto expect = [&](bool found, bool device, const char* name) {
    if (found != device) refuse(kInvalidValue, std::string("copy ") + name + ": found " + (found ? "device" : "host") + " memory, which the direction " + std::to_string(kind) + " does not allow");
  };
  if (kind != kDefault) {
    expect(to_device, kind == kHostToDevice || kind == kDeviceToDevice, "to");
    expect(from_device, kind == kDeviceToHost || kind == kDeviceToDevice, "from");
  }
  const bool to_ours = !pageable(to), from_ours = !pageable(from);
  const auto work = [=, this] {
    for (u64 r = 0; r < rows; ++r) move(static_cast<u8*>(to) + r * to_pitch, to_ours, static_cast<const u8*>(from) + r * from_pitch, from_ours, width);
  };
  const bool at_once = s.capture == nullptr && !(to_ours && from_ours);
  queue_work(s, "copy", work);
  if (at_once) queue.finish(s);
}

void Device::set(Stream& s, void* to, u8 value, u64 bytes) {
  if (bytes == 0) return;
  if (!on_device(to, bytes, "memset") && pageable(to)) refuse(kInvalidValue, "memset: " + hex(to) + " is not device memory, nor pinned");
  queue_work(s, "memset", [=, this] {
    Allocation* a = memory.find(reinterpret_cast<u64>(to), bytes);
    if (a == nullptr) refuse(kIllegalAddress, "memset of " + hex(to) + ", which is freed");
    std::memset(to, value, bytes);
    a->mark_written(reinterpret_cast<u64>(to), bytes);
  });
}

}  // namespace wz::software
