#include "target/virtual/peripherals/peripheral.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/assert.h"

namespace embark {

Peripheral::Peripheral(PeripheralHost &host, std::string name, uint32_t base, uint32_t bytes,
                       std::span<const RegisterSpec> registers)
    : host_(host), name_(std::move(name)), base_(base), bytes_(bytes) {
    for (const RegisterSpec &spec : registers) registers_.push_back({spec, spec.reset});
}

void Peripheral::set_clock_gate(std::function<bool()> enabled, std::string description) {
    enabled_ = std::move(enabled);
    gate_ = std::move(description);
}

Peripheral::Register *Peripheral::find(uint32_t offset) {
    auto found = std::find_if(registers_.begin(), registers_.end(),
                              [&](const Register &r) { return r.spec.offset == offset; });
    return found == registers_.end() ? nullptr : &*found;
}

uint32_t Peripheral::stored(uint32_t offset) const {
    const Register *found = const_cast<Peripheral *>(this)->find(offset);
    EMBARK_ASSERT(found != nullptr);
    return found->value;
}

void Peripheral::store(uint32_t offset, uint32_t value) {
    Register *found = find(offset);
    EMBARK_ASSERT(found != nullptr);
    found->value = value;
}

bool Peripheral::reachable(uint32_t offset, bool store) {
    const char *access = store ? "write to" : "read of";
    if (!find(offset & ~3u)) {
        host_.fault(fmt::format("{} {} register at offset 0x{:x} (0x{:08x}), which is not emulated",
                                access, name_, offset, base_ + offset));
        return false;
    }
    if (enabled_ && !enabled_()) {
        host_.fault(fmt::format("{} {}_{} while its clock is off ({} is not set)", access, name_,
                                find(offset & ~3u)->spec.name, gate_));
        return false;
    }
    return true;
}

uint32_t Peripheral::read(uint32_t offset, unsigned bytes) {
    if (!reachable(offset, false)) return 0;
    const uint32_t word = offset & ~3u;
    const uint32_t value = on_read(word, find(word)->value);
    if (bytes == 4) return value;
    return value >> (8 * (offset & 3)) & ((1u << (8 * bytes)) - 1);
}

void Peripheral::write(uint32_t offset, unsigned bytes, uint32_t value) {
    if (!reachable(offset, true)) return;
    const uint32_t word = offset & ~3u;
    Register &target = *find(word);
    if (bytes < 4) {
        const unsigned shift = 8 * (offset & 3);
        const uint32_t mask = ((1u << (8 * bytes)) - 1) << shift;
        value = (target.value & ~mask) | ((value << shift) & mask);
    }
    value = (value & target.spec.writable) | (target.value & ~target.spec.writable);
    target.value = on_write(word, target.value, value);
}

uint32_t Peripheral::on_read(uint32_t, uint32_t value) {
    return value;
}

uint32_t Peripheral::on_write(uint32_t, uint32_t, uint32_t value) {
    return value;
}

}  // namespace embark
