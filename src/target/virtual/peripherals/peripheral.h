#pragma once
// Memory-mapped registers of the emulated chip. A peripheral is a table of registers plus what
// reading and writing some of them does.

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace embark {

/// What peripherals may ask of the machine that they are in.
class PeripheralHost {
  public:
    virtual ~PeripheralHost() = default;
    /// Core clock cycles since reset, exact to the instruction.
    virtual uint64_t now() const = 0;
    /// The firmware does what the chip would fault on or misbehave at. The first fault stays.
    virtual void fault(const std::string &message) = 0;
    /// Something to tell the user once.
    virtual void note(const std::string &message) = 0;
    /// The console has sent a byte.
    virtual void output_ready() = 0;
    /// The firmware polls the console in vain.
    virtual void waiting_for_input() = 0;
};

struct RegisterSpec {
    uint32_t offset;
    const char *name;
    uint32_t reset;
    uint32_t writable;  ///< other bits keep their value
};

/// A block of 32-bit registers. What is not in the table is not emulated: touching it faults.
class Peripheral {
  public:
    Peripheral(PeripheralHost &host, std::string name, uint32_t base, uint32_t bytes,
               std::span<const RegisterSpec> registers);
    virtual ~Peripheral() = default;
    Peripheral(const Peripheral &) = delete;
    Peripheral &operator=(const Peripheral &) = delete;

    /// Accesses of 1, 2 or 4 bytes that do not cross a word.
    uint32_t read(uint32_t offset, unsigned bytes);
    void write(uint32_t offset, unsigned bytes, uint32_t value);

    const std::string &name() const { return name_; }
    uint32_t base() const { return base_; }
    uint32_t bytes() const { return bytes_; }

    /// Until \p enabled says so, an access is a fault: on the chip it would be lost.
    void set_clock_gate(std::function<bool()> enabled, std::string description);

    /// The stored value, without side effects. The register must exist.
    uint32_t stored(uint32_t offset) const;

  protected:
    void store(uint32_t offset, uint32_t value);
    /// \returns what the firmware reads
    virtual uint32_t on_read(uint32_t offset, uint32_t value);
    /// \p value is masked by the writable bits already. \returns what is stored
    virtual uint32_t on_write(uint32_t offset, uint32_t old_value, uint32_t value);

    PeripheralHost &host_;

  private:
    struct Register {
        RegisterSpec spec;
        uint32_t value;
    };
    Register *find(uint32_t offset);
    bool reachable(uint32_t offset, bool store);

    std::string name_;
    uint32_t base_, bytes_;
    std::vector<Register> registers_;
    std::function<bool()> enabled_;
    std::string gate_;
};

}  // namespace embark
