#pragma once
// Errors that a user or the environment causes travel as values: Expected<T> and Status.

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/assert.h"

namespace embark {

/// What kind of fault; decides the exit status (see exit_status()).
enum class ErrorCode {
    kInvalid,      ///< a file or an argument's content is wrong
    kUnsupported,  ///< well formed, but embark cannot do it
    kNotFound,     ///< file, board, tensor … does not exist
    kIo,           ///< reading, writing or a link failed
    kTimeout,      ///< a target did not answer in time
    kUsage,        ///< wrong command line
    kDoesNotFit,   ///< the network does not fit the board
    kInternal,     ///< a third-party library or tool failed in a way that input does not explain
};

/// Where a fault was found. Empty fields are unknown.
struct Location {
    std::string file;
    std::string place;  ///< "line 3", "offset 0x20" or a path in the model: "layer conv1/kernel"
};

/// \p message is lower case, has no final stop, says what was found and what was expected.
struct Error {
    ErrorCode code = ErrorCode::kInvalid;
    Location location;
    std::string message;
    std::vector<std::string> notes;
};

/// "file: place: message" and a line "note: …" per note.
std::string to_string(const Error &error);

/// 0 ok; 1 model, data or board at fault; 2 usage; 3 does not fit; 4 internal.
int exit_status(ErrorCode code);

/// Either a value or an Error.
template <typename T>
class [[nodiscard]] Expected {
  public:
    Expected(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Expected(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

    bool ok() const { return state_.index() == 0; }
    explicit operator bool() const { return ok(); }

    T &value() & {
        EMBARK_ASSERT(ok());
        return *std::get_if<0>(&state_);
    }
    const T &value() const & {
        EMBARK_ASSERT(ok());
        return *std::get_if<0>(&state_);
    }
    T &&value() && {
        EMBARK_ASSERT(ok());
        return std::move(*std::get_if<0>(&state_));
    }
    T &operator*() & { return value(); }
    const T &operator*() const & { return value(); }
    T &&operator*() && { return std::move(*this).value(); }
    T *operator->() { return &value(); }
    const T *operator->() const { return &value(); }

    Error &error() {
        EMBARK_ASSERT(!ok());
        return *std::get_if<1>(&state_);
    }
    const Error &error() const {
        EMBARK_ASSERT(!ok());
        return *std::get_if<1>(&state_);
    }

  private:
    std::variant<T, Error> state_;
};

struct Ok {};

/// Success or an Error; a function that succeeds ends in `return Ok{};`.
using Status = Expected<Ok>;

/// Shorthand for an Error without notes.
Error make_error(ErrorCode code, Location location, std::string message);
inline Error make_error(ErrorCode code, std::string message) {
    return make_error(code, Location{}, std::move(message));
}

}  // namespace embark

#define EMBARK_CONCAT_INNER(a, b) a##b
#define EMBARK_CONCAT(a, b) EMBARK_CONCAT_INNER(a, b)

/// Returns the error of a Status (or any Expected) to the caller.
#define EMBARK_RETURN_IF_ERROR(expression)                                \
    do {                                                                  \
        auto embark_status = (expression);                                \
        if (!embark_status.ok()) return std::move(embark_status).error(); \
    } while (false)

/// `EMBARK_ASSIGN(auto graph, import_file(path));` — declares or assigns, or returns the error.
#define EMBARK_ASSIGN(declaration, expression) \
    EMBARK_ASSIGN_INNER(EMBARK_CONCAT(embark_expected_, __LINE__), declaration, expression)
#define EMBARK_ASSIGN_INNER(temporary, declaration, expression) \
    auto temporary = (expression);                              \
    if (!temporary.ok()) return std::move(temporary).error();   \
    declaration = std::move(temporary).value()
