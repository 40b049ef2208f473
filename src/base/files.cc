#include "base/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <system_error>

namespace embark {
namespace fs = std::filesystem;

namespace {

Error io_error(const fs::path &path, std::string_view what, int error_number) {
    const ErrorCode code = error_number == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo;
    return make_error(code, Location{path.string(), ""},
                      fmt::format("{}: {}", what, std::strerror(error_number)));
}

/// Closes a file descriptor at the end of its scope.
struct Descriptor {
    int fd = -1;
    ~Descriptor() {
        if (fd >= 0) ::close(fd);
    }
};

Status write_all(int fd, const fs::path &path, const uint8_t *data, size_t size) {
    while (size > 0) {
        const ssize_t written = ::write(fd, data, size);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return io_error(path, "cannot write", errno);
        data += written;
        size -= static_cast<size_t>(written);
    }
    return Ok{};
}

Status write_and_close(Descriptor &file, const fs::path &path, std::span<const uint8_t> bytes) {
    EMBARK_RETURN_IF_ERROR(write_all(file.fd, path, bytes.data(), bytes.size()));
    const int fd = file.fd;
    file.fd = -1;
    // A full disk may only be told at close.
    if (::close(fd) != 0) return io_error(path, "cannot write", errno);
    return Ok{};
}

Status make_directories(const fs::path &path) {
    if (path.empty()) return Ok{};
    std::error_code error;
    fs::create_directories(path, error);
    if (error) return io_error(path, "cannot make the directory", error.value());
    return Ok{};
}

}  // namespace

Expected<Bytes> read_file(const fs::path &path) {
    Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (file.fd < 0) return io_error(path, "cannot open", errno);
    Bytes bytes;
    uint8_t chunk[1 << 16];
    while (true) {
        const ssize_t count = ::read(file.fd, chunk, sizeof chunk);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return io_error(path, "cannot read", errno);
        if (count == 0) return bytes;
        bytes.insert(bytes.end(), chunk, chunk + count);
    }
}

Expected<std::string> read_text_file(const fs::path &path) {
    EMBARK_ASSIGN(const Bytes bytes, read_file(path));
    return std::string(bytes.begin(), bytes.end());
}

Status write_file(const fs::path &path, std::span<const uint8_t> bytes) {
    std::error_code ignored;
    if (fs::is_directory(path, ignored)) return io_error(path, "cannot write", EISDIR);
    // Devices and pipes (/dev/stdout) cannot be replaced by a rename.
    if (fs::exists(path, ignored) && !fs::is_regular_file(path, ignored)) {
        Descriptor file{::open(path.c_str(), O_WRONLY | O_CLOEXEC)};
        if (file.fd < 0) return io_error(path, "cannot open", errno);
        return write_and_close(file, path, bytes);
    }
    std::string temporary = path.string() + ".XXXXXX";
    Descriptor file{::mkstemp(temporary.data())};
    if (file.fd < 0) return io_error(path, "cannot create", errno);
    ::fchmod(file.fd, 0644);
    if (Status status = write_and_close(file, path, bytes); !status.ok()) {
        ::unlink(temporary.c_str());
        return status;
    }
    if (::rename(temporary.c_str(), path.c_str()) != 0) {
        const int error_number = errno;
        ::unlink(temporary.c_str());
        return io_error(path, "cannot create", error_number);
    }
    return Ok{};
}

Status write_file(const fs::path &path, std::string_view text) {
    return write_file(path, std::span(reinterpret_cast<const uint8_t *>(text.data()), text.size()));
}

Expected<StagedDirectory> StagedDirectory::create(const fs::path &final_path) {
    std::error_code error;
    if (fs::exists(final_path, error) && !fs::is_directory(final_path, error)) {
        return io_error(final_path, "is a file, expected a directory to write to", ENOTDIR);
    }
    fs::path parent = fs::absolute(final_path).lexically_normal();
    if (parent.filename().empty()) parent = parent.parent_path();
    const fs::path name = parent.filename();
    parent = parent.parent_path();
    EMBARK_RETURN_IF_ERROR(make_directories(parent));
    std::string staging = (parent / ("." + name.string() + ".XXXXXX")).string();
    if (::mkdtemp(staging.data()) == nullptr) return io_error(final_path, "cannot create", errno);
    ::chmod(staging.c_str(), 0755);
    return StagedDirectory(staging, final_path);
}

StagedDirectory::StagedDirectory(StagedDirectory &&other) noexcept
    : staging_(std::exchange(other.staging_, {})), final_(std::exchange(other.final_, {})) {}

StagedDirectory::~StagedDirectory() {
    std::error_code ignored;
    if (!staging_.empty()) fs::remove_all(staging_, ignored);
}

Status StagedDirectory::write(const fs::path &name, std::string_view text) {
    EMBARK_RETURN_IF_ERROR(make_directories((staging_ / name).parent_path()));
    return write_file(staging_ / name, text);
}

Status StagedDirectory::commit() {
    std::error_code error;
    if (!fs::exists(final_, error)) {
        fs::rename(staging_, final_, error);
        if (error) return io_error(final_, "cannot create", error.value());
        staging_.clear();
        return Ok{};
    }
    for (const auto &entry : fs::recursive_directory_iterator(staging_)) {
        const fs::path target = final_ / fs::relative(entry.path(), staging_);
        if (entry.is_directory()) {
            EMBARK_RETURN_IF_ERROR(make_directories(target));
            continue;
        }
        fs::rename(entry.path(), target, error);
        if (error) return io_error(target, "cannot create", error.value());
    }
    return Ok{};
}

Expected<TemporaryDirectory> TemporaryDirectory::create() {
    std::string path = (fs::temp_directory_path() / "embark.XXXXXX").string();
    if (::mkdtemp(path.data()) == nullptr) return io_error(path, "cannot create", errno);
    return TemporaryDirectory(path);
}

TemporaryDirectory::TemporaryDirectory(TemporaryDirectory &&other) noexcept
    : path_(std::exchange(other.path_, {})) {}

TemporaryDirectory::~TemporaryDirectory() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
}

Expected<fs::path> data_directory() {
    if (const char *from_environment = std::getenv("EMBARK_DATA")) {
        if (fs::exists(fs::path(from_environment) / "boards")) return fs::path(from_environment);
        return make_error(ErrorCode::kNotFound, Location{from_environment, ""},
                          "EMBARK_DATA has no folder 'boards'");
    }
    std::error_code error;
    const fs::path program = fs::read_symlink("/proc/self/exe", error);
    if (!error) {
        const fs::path installed = program.parent_path().parent_path() / "share" / "embark";
        if (fs::exists(installed / "boards", error)) return installed;
    }
    const fs::path source = EMBARK_SOURCE_TREE;
    if (fs::exists(source / "boards", error)) return source;
    return make_error(ErrorCode::kNotFound,
                      "embark's data (boards, runtime) is neither beside the program nor in the "
                      "source tree; set EMBARK_DATA to the folder that holds 'boards'");
}

}  // namespace embark
