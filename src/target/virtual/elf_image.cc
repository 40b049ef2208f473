#include "target/virtual/elf_image.h"

#include <elfutils/libdw.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <gelf.h>
#include <unistd.h>

#include <algorithm>

namespace embark {
namespace {

class FileDescriptor {
  public:
    explicit FileDescriptor(const std::filesystem::path &path)
        : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
    ~FileDescriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    FileDescriptor(const FileDescriptor &) = delete;
    FileDescriptor &operator=(const FileDescriptor &) = delete;
    int get() const { return fd_; }

  private:
    int fd_;
};

struct ElfEnd {
    void operator()(Elf *elf) const { elf_end(elf); }
};
using ElfHandle = std::unique_ptr<Elf, ElfEnd>;

Error invalid(const std::filesystem::path &path, std::string message) {
    return make_error(ErrorCode::kInvalid, Location{path.string(), {}}, std::move(message));
}

Status check_header(const std::filesystem::path &path, Elf *elf) {
    GElf_Ehdr header;
    if (elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &header))
        return invalid(path, "not an ELF file, expected an Arm executable");
    if (header.e_machine != EM_ARM || header.e_ident[EI_CLASS] != ELFCLASS32 ||
        header.e_ident[EI_DATA] != ELFDATA2LSB)
        return invalid(path, fmt::format("ELF file for machine {}, expected 32-bit "
                                         "little-endian Arm (machine {})",
                                         header.e_machine, EM_ARM));
    if (header.e_type != ET_EXEC)
        return invalid(path, "not linked (an object or shared file), expected an executable");
    return Ok{};
}

Status read_segments(const std::filesystem::path &path, Elf *elf,
                     std::vector<ElfSegment> &segments) {
    size_t count = 0;
    if (elf_getphdrnum(elf, &count) != 0) return invalid(path, "unreadable program headers");
    size_t file_bytes = 0;
    const char *raw = elf_rawfile(elf, &file_bytes);
    for (size_t i = 0; i < count; ++i) {
        GElf_Phdr header;
        if (!gelf_getphdr(elf, static_cast<int>(i), &header))
            return invalid(path, fmt::format("unreadable program header {}", i));
        if (header.p_type != PT_LOAD || header.p_filesz == 0) continue;
        if (!raw || header.p_offset > file_bytes || header.p_filesz > file_bytes - header.p_offset)
            return invalid(path, fmt::format("segment {} reaches beyond the end of the file", i));
        const auto *begin = reinterpret_cast<const uint8_t *>(raw) + header.p_offset;
        segments.push_back(
            {static_cast<uint32_t>(header.p_paddr), Bytes(begin, begin + header.p_filesz)});
    }
    if (segments.empty()) return invalid(path, "no loadable segment");
    return Ok{};
}

/// Assembly labels without a type count as functions as long as they lie in code.
bool is_code(Elf *elf, const GElf_Sym &symbol, const char *name) {
    const int type = GELF_ST_TYPE(symbol.st_info);
    if (type == STT_FUNC) return true;
    if (type != STT_NOTYPE || name[0] == '$' || name[0] == '\0') return false;
    Elf_Scn *section = elf_getscn(elf, symbol.st_shndx);
    GElf_Shdr header;
    return section && gelf_getshdr(section, &header) && (header.sh_flags & SHF_EXECINSTR);
}

void read_symbols(Elf *elf, std::map<std::string, uint32_t> &symbols,
                  std::vector<CodeSymbol> &functions) {
    for (Elf_Scn *section = elf_nextscn(elf, nullptr); section;
         section = elf_nextscn(elf, section)) {
        GElf_Shdr header;
        if (!gelf_getshdr(section, &header) || header.sh_type != SHT_SYMTAB) continue;
        Elf_Data *data = elf_getdata(section, nullptr);
        if (!data || header.sh_entsize == 0) continue;
        for (size_t i = 0; i < header.sh_size / header.sh_entsize; ++i) {
            GElf_Sym symbol;
            if (!gelf_getsym(data, static_cast<int>(i), &symbol)) break;
            const char *name = elf_strptr(elf, header.sh_link, symbol.st_name);
            if (!name || symbol.st_shndx == SHN_UNDEF) continue;
            const auto value = static_cast<uint32_t>(symbol.st_value);
            if (GELF_ST_BIND(symbol.st_info) != STB_LOCAL || !symbols.contains(name))
                symbols[name] = value;
            if (symbol.st_shndx < SHN_LORESERVE && is_code(elf, symbol, name))
                functions.push_back({value & ~1u, static_cast<uint32_t>(symbol.st_size), name});
        }
    }
    // Of two names for one address the one with a size (the function itself) comes last and wins.
    std::stable_sort(functions.begin(), functions.end(),
                     [](const CodeSymbol &a, const CodeSymbol &b) {
                         return a.address != b.address ? a.address < b.address : a.bytes < b.bytes;
                     });
}

}  // namespace

/// The line table, flattened: row i holds for addresses up to row i+1's.
struct ElfImage::Lines {
    struct Row {
        uint32_t address;
        int line;  ///< 0: end of a sequence
        std::string file;
    };
    std::vector<Row> rows;

    explicit Lines(const std::filesystem::path &path) {
        const FileDescriptor file(path);
        if (file.get() < 0) return;
        Dwarf *dwarf = dwarf_begin(file.get(), DWARF_C_READ);
        if (!dwarf) return;
        Dwarf_Off offset = 0, next = 0;
        size_t header_size = 0;
        while (dwarf_nextcu(dwarf, offset, &next, &header_size, nullptr, nullptr, nullptr) == 0) {
            Dwarf_Die unit;
            if (dwarf_offdie(dwarf, offset + header_size, &unit)) add_unit(&unit);
            offset = next;
        }
        dwarf_end(dwarf);
        std::stable_sort(rows.begin(), rows.end(), [](const Row &a, const Row &b) {
            return a.address != b.address ? a.address < b.address : a.line == 0 && b.line != 0;
        });
    }

    void add_unit(Dwarf_Die *unit) {
        Dwarf_Lines *lines = nullptr;
        size_t count = 0;
        if (dwarf_getsrclines(unit, &lines, &count) != 0) return;
        for (size_t i = 0; i < count; ++i) {
            Dwarf_Line *line = dwarf_onesrcline(lines, i);
            Dwarf_Addr address = 0;
            int number = 0;
            bool end = false;
            dwarf_lineaddr(line, &address);
            dwarf_lineno(line, &number);
            dwarf_lineendsequence(line, &end);
            const char *source = dwarf_linesrc(line, nullptr, nullptr);
            rows.push_back({static_cast<uint32_t>(address), end ? 0 : number,
                            source ? std::filesystem::path(source).filename().string() : ""});
        }
    }

    const Row *find(uint32_t address) const {
        auto after = std::upper_bound(rows.begin(), rows.end(), address,
                                      [](uint32_t a, const Row &row) { return a < row.address; });
        if (after == rows.begin()) return nullptr;
        const Row &row = *std::prev(after);
        return row.line > 0 ? &row : nullptr;
    }
};

ElfImage::ElfImage() = default;
ElfImage::ElfImage(ElfImage &&) noexcept = default;
ElfImage &ElfImage::operator=(ElfImage &&) noexcept = default;
ElfImage::~ElfImage() = default;

Expected<ElfImage> ElfImage::load(const std::filesystem::path &path) {
    const FileDescriptor file(path);
    if (file.get() < 0)
        return make_error(ErrorCode::kNotFound, Location{path.string(), {}},
                          "firmware image cannot be opened");
    elf_version(EV_CURRENT);
    const ElfHandle elf(elf_begin(file.get(), ELF_C_READ, nullptr));
    if (!elf) return invalid(path, "not an ELF file, expected an Arm executable");
    EMBARK_RETURN_IF_ERROR(check_header(path, elf.get()));
    ElfImage image;
    image.path_ = path;
    EMBARK_RETURN_IF_ERROR(read_segments(path, elf.get(), image.segments_));
    read_symbols(elf.get(), image.symbols_, image.functions_);
    return image;
}

const uint32_t *ElfImage::find_symbol(const std::string &name) const {
    auto found = symbols_.find(name);
    return found == symbols_.end() ? nullptr : &found->second;
}

const CodeSymbol *ElfImage::function_at(uint32_t address) const {
    auto after =
        std::upper_bound(functions_.begin(), functions_.end(), address,
                         [](uint32_t a, const CodeSymbol &symbol) { return a < symbol.address; });
    if (after == functions_.begin()) return nullptr;
    const CodeSymbol &symbol = *std::prev(after);
    // Labels have no size: they reach up to the next symbol, but not across half the flash.
    constexpr uint32_t kLabelReach = 0x10000;
    const uint32_t reach = symbol.bytes != 0 ? symbol.bytes : kLabelReach;
    return address - symbol.address < reach ? &symbol : nullptr;
}

std::string ElfImage::describe(uint32_t address) const {
    if (!lines_) lines_ = std::make_unique<Lines>(path_);
    const CodeSymbol *function = function_at(address);
    const Lines::Row *row = lines_->find(address);
    if (!function) return fmt::format("0x{:08x}", address);
    if (row) return fmt::format("{} ({}:{})", function->name, row->file, row->line);
    return fmt::format("{}+0x{:x}", function->name, address - function->address);
}

}  // namespace embark
