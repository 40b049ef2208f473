// The half that runs in the program itself; archive_reader.cc is the one that calls libraries.
#include "import/keras/archive.h"

#include <fmt/format.h>

#include "import/keras/wire.h"
#include "import/keras/zip_reader.h"

namespace embark::keras {

namespace {

constexpr uint64_t kMebibyte = 1u << 20;
constexpr size_t kMaxRank = 32;  // of HDF5

Error read_error(WireReader &reader) {
    Error error;
    const uint64_t code = reader.u64();
    error.code = code <= static_cast<uint64_t>(ErrorCode::kInternal) ? static_cast<ErrorCode>(code)
                                                                     : ErrorCode::kInvalid;
    error.location.place = reader.text();
    error.message = reader.text();
    const std::string note = reader.text();
    if (!note.empty()) error.notes.push_back(note);
    return error;
}

Weight read_weight(WireReader &reader) {
    Weight weight;
    weight.name = reader.text();
    weight.fault = reader.text();
    weight.type = reader.text();
    const uint64_t rank = reader.count(sizeof(uint64_t));
    if (rank > kMaxRank) return weight;
    for (uint64_t i = 0; i < rank; ++i) weight.shape.push_back(static_cast<int64_t>(reader.u64()));
    weight.values = reader.floats();
    return weight;
}

/// A float weight has as many values as its shape says.
bool is_consistent(const Weight &weight) {
    uint64_t count = 1;
    for (const int64_t extent : weight.shape) {
        if (extent < 0 || (extent != 0 && count > INT64_MAX / static_cast<uint64_t>(extent))) {
            return false;
        }
        count *= static_cast<uint64_t>(extent);
    }
    return weight.values.empty() || weight.values.size() == count;
}

}  // namespace

Expected<Archive> receive_archive(Bytes bytes) {
    Archive archive;
    archive.bytes = std::move(bytes);
    WireReader reader(archive.bytes);
    const bool is_archive = reader.u64() == 1;
    if (reader.ok() && !is_archive) return read_error(reader);
    archive.weights_by_place = reader.u64() == 1;
    archive.keras_version = reader.text();
    archive.model_config = reader.text();
    archive.training_config = reader.text();
    bool consistent = true;
    for (uint64_t left = reader.count(2 * sizeof(uint64_t)); left > 0 && reader.ok(); --left) {
        LayerWeights layer{reader.text(), {}};
        for (uint64_t weights = reader.count(sizeof(uint64_t)); weights > 0 && reader.ok();
             --weights) {
            layer.weights.push_back(read_weight(reader));
            consistent = consistent && is_consistent(layer.weights.back());
        }
        archive.layers.push_back(std::move(layer));
    }
    archive.weights_bytes = reader.u64();
    archive.optimizer_bytes = reader.u64();
    for (uint64_t left = reader.count(sizeof(uint64_t)); left > 0 && reader.ok(); --left) {
        archive.warnings.push_back(reader.text());
    }
    if (!reader.ok() || !reader.at_end() || !consistent) {
        return make_error(ErrorCode::kInvalid, "is damaged: its parser gave no complete answer");
    }
    return archive;
}

Expected<Archive> read_archive(const std::filesystem::path &path, FileKind kind,
                               uint64_t file_bytes) {
    // Compressed weights may grow (weights_reader.cc allows 16 MiB); texts are part of the file.
    const uint64_t bytes = kind == FileKind::kZip ? unpacked_limit(file_bytes) : file_bytes;
    const IsolationLimits limits{.memory_bytes = bytes + 64 * kMebibyte,
                                 .answer_bytes = bytes + 32 * kMebibyte};
    EMBARK_ASSIGN(Bytes answer, run_isolated(limits, [&](const Sink &sink) {
                      send_archive(path, kind, file_bytes, sink);
                  }));
    return receive_archive(std::move(answer));
}

}  // namespace embark::keras
