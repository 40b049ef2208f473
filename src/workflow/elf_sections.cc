#include "workflow/elf_sections.h"

#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <unistd.h>

#include <memory>

namespace embark {

namespace {

/// Names of the linker templates under boards/families -> names of the results schema.
constexpr std::pair<const char *, const char *> kNames[] = {
    {".isr_vector", "vectors"},  {".text", "text"},       {".rodata", "rodata"},
    {".emk_weights", "weights"}, {".data", "data"},       {".bss", "bss"},
    {".emk_arena", "arena"},     {".emk_stack", "stack"},
};

}  // namespace

Expected<std::map<std::string, int64_t>> firmware_sections(const std::filesystem::path &elf) {
    const auto invalid = [&](const std::string &message) {
        return make_error(ErrorCode::kInvalid, Location{elf.string(), ""}, message);
    };
    if (elf_version(EV_CURRENT) == EV_NONE) return invalid("libelf is too old");
    const int fd = ::open(elf.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return make_error(ErrorCode::kNotFound, Location{elf.string(), ""}, "cannot open the file");
    }
    const std::unique_ptr<Elf, int (*)(Elf *)> file(elf_begin(fd, ELF_C_READ, nullptr), elf_end);
    size_t names = 0;
    std::map<std::string, int64_t> sizes;
    for (const auto &[section, name] : kNames) sizes[name] = 0;
    if (!file || elf_getshdrstrndx(file.get(), &names) != 0) {
        ::close(fd);
        return invalid("is not an ELF file");
    }
    for (Elf_Scn *section = nullptr; (section = elf_nextscn(file.get(), section)) != nullptr;) {
        GElf_Shdr header;
        if (gelf_getshdr(section, &header) == nullptr) continue;
        const char *found = elf_strptr(file.get(), names, header.sh_name);
        for (const auto &[own, name] : kNames) {
            if (found != nullptr && std::string(found) == own) {
                sizes[name] = static_cast<int64_t>(header.sh_size);
            }
        }
    }
    ::close(fd);
    return sizes;
}

}  // namespace embark
