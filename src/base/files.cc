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

/// A symbolic link is written through, not replaced.
fs::path behind_links(const fs::path &path) {
    std::error_code error;
    if (!fs::is_symlink(path, error)) return path;
    const fs::path target = fs::weakly_canonical(path, error);
    return error ? path : target;
}

/// Opens a new file next to \p path; open() and not mkstemp() so that the user's umask holds.
/// \returns the descriptor, or -1 with errno set
int create_beside(const fs::path &path, std::string &created) {
    for (int attempt = 0; attempt < 1000; ++attempt) {
        created = fmt::format("{}.{}-{}", path.string(), ::getpid(), attempt);
        const int fd = ::open(created.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0 || errno != EEXIST) return fd;
    }
    return -1;
}

/// \p path itself or the nearest of its parents that exists.
fs::path nearest_existing(fs::path path) {
    std::error_code ignored;
    while (!fs::exists(path, ignored) && path.has_relative_path()) path = path.parent_path();
    return path;
}

fs::path without_trailing_slash(const fs::path &path) {
    return path.has_filename() ? path : path.parent_path();
}

/// What moving a staged tree into an existing one takes, in order: folders before their files.
struct Move {
    fs::path from, to;
    bool is_directory = false;
};

Expected<std::vector<Move>> plan_moves(const fs::path &staging, const fs::path &final_path) {
    std::vector<Move> moves;
    std::error_code error;
    for (fs::recursive_directory_iterator at(staging, error), end; !error && at != end;
         at.increment(error)) {
        std::error_code ignored;
        const bool is_directory = at->is_directory(ignored);
        const fs::path to = final_path / at->path().lexically_relative(staging);
        if (fs::exists(to, ignored) && fs::is_directory(to, ignored) != is_directory) {
            return io_error(to, "cannot replace", is_directory ? ENOTDIR : EISDIR);
        }
        moves.push_back(Move{at->path(), to, is_directory});
    }
    if (error) return io_error(staging, "cannot list", error.value());
    return moves;
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
    const fs::path target = behind_links(path);
    std::string temporary;
    Descriptor file{create_beside(target, temporary)};
    if (file.fd < 0) return io_error(path, "cannot create", errno);
    if (Status status = write_and_close(file, path, bytes); !status.ok()) {
        ::unlink(temporary.c_str());
        return status;
    }
    if (::rename(temporary.c_str(), target.c_str()) != 0) {
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
    const fs::path absolute = fs::absolute(final_path, error).lexically_normal();
    if (error || final_path.empty()) return io_error(final_path, "cannot create", ENOENT);
    if (fs::exists(absolute, error) && !fs::is_directory(absolute, error)) {
        return make_error(ErrorCode::kIo, Location{final_path.string(), ""},
                          "is a file, expected a directory to write to");
    }
    // Staging where the result will lie keeps commit() on one file system, and leaves no parents
    // behind when nothing is committed.
    std::string hidden = (nearest_existing(absolute) / ".embark.XXXXXX").string();
    if (::mkdtemp(hidden.data()) == nullptr) return io_error(final_path, "cannot create", errno);
    StagedDirectory staged(fs::path(hidden) / "tree", final_path);
    EMBARK_RETURN_IF_ERROR(make_directories(staged.staging_));
    return staged;
}

StagedDirectory::StagedDirectory(StagedDirectory &&other) noexcept
    : staging_(std::exchange(other.staging_, {})), final_(std::exchange(other.final_, {})) {}

StagedDirectory::~StagedDirectory() {
    std::error_code ignored;
    if (!staging_.empty()) fs::remove_all(staging_.parent_path(), ignored);
}

Status StagedDirectory::write(const fs::path &name, std::string_view text) {
    EMBARK_RETURN_IF_ERROR(make_directories((staging_ / name).parent_path()));
    return write_file(staging_ / name, text);
}

Status StagedDirectory::commit() {
    const fs::path target = without_trailing_slash(final_);
    std::error_code error;
    if (!fs::exists(target, error)) {
        EMBARK_RETURN_IF_ERROR(make_directories(target.parent_path()));
        if (::rename(staging_.c_str(), target.c_str()) == 0) return Ok{};
        return io_error(final_, "cannot create", errno);
    }
    // Every obstacle that can be seen is found before the first file moves.
    EMBARK_ASSIGN(const std::vector<Move> moves, plan_moves(staging_, target));
    for (const Move &move : moves) {
        if (move.is_directory) {
            EMBARK_RETURN_IF_ERROR(make_directories(move.to));
        } else if (::rename(move.from.c_str(), move.to.c_str()) != 0) {
            return io_error(move.to, "cannot create", errno);
        }
    }
    return Ok{};
}

Expected<TemporaryDirectory> TemporaryDirectory::create() {
    std::error_code error;
    const fs::path parent = fs::temp_directory_path(error);
    if (error) return io_error("TMPDIR", "cannot find the temporary directory", error.value());
    std::string path = (parent / "embark.XXXXXX").string();
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
    std::error_code error;
    const char *from_environment = std::getenv("EMBARK_DATA");
    if (from_environment != nullptr && *from_environment != '\0') {
        const fs::path data = from_environment;
        if (fs::exists(data / "boards", error)) return data;
        return make_error(ErrorCode::kNotFound, Location{from_environment, ""},
                          "EMBARK_DATA has no folder 'boards'");
    }
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
