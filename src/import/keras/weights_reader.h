#pragma once
// Sends weights of an open HDF5 file over the wire. Runs in the process that calls HDF5.

#include <string>
#include <vector>

#include "import/keras/hdf5.h"
#include "import/keras/wire.h"

namespace embark::keras {

/// Reads data sets within a budget, and remembers what was odd.
class WeightsReader {
  public:
    /// \param file_bytes  of the HDF5 file, which bounds what it can hold
    WeightsReader(uint64_t file_bytes, WireWriter &writer);

    /// One layer: its name and the data sets below \p group.
    void send_layer(const std::string &layer, hid_t group, const std::vector<std::string> &names);
    /// Bytes that the optimiser's state takes, where the group exists.
    uint64_t measure_optimizer(hid_t root, const std::string &group);
    /// What send_layer() read, and the warnings: the end of every answer.
    void send_summary(uint64_t optimizer_bytes);
    void warn(std::string message);

    uint64_t limit() const { return limit_; }

  private:
    void send_weight(hid_t group, const std::string &name);
    Status read_weight(hid_t group, const std::string &name, DatasetInfo &info,
                       std::vector<float> &values);

    WireWriter &writer_;
    uint64_t limit_;   ///< of one text or data set that is not compressed: the file's size
    uint64_t budget_;  ///< bytes of weights that may still be read
    uint64_t weights_bytes_ = 0;
    std::vector<std::string> warnings_;
};

/// \p error as an answer.
void send_error(WireWriter &writer, const Error &error);

}  // namespace embark::keras
