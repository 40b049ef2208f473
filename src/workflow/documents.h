#pragma once
// Documents of docs/results-schema.md that describe a model and a board before it runs.

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "evaluate/evaluate.h"
#include "workflow/prepare.h"

namespace embark {

using Json = nlohmann::json;

/// Accuracy of the original network on data, for the analysis.
struct AccuracyOnData {
    std::string file;
    int64_t count = 0;
    std::optional<double> accuracy, loss;
};

/// {"schema", "command", "embark_version", "kinds": {}}
Json new_document(const std::string &command);
/// Sets a figure and, unless it is null, what kind of figure it is.
void set_figure(Json &document, const std::string &key, Json value, const std::string &kind);

Json model_document(const Graph &graph, const std::string &file);
Json board_document(const Board &board);
/// Name, type, shape, bytes.
Json tensor_document(const Tensor &tensor);
/// Microjoules of \p cycles by the board's run-mode current; null when the board does not tell.
Json energy_uj(const Board &board, double cycles);

/// How a compressed network was chosen: sensitivity, front, accuracies.
Json compression_document(const CompressionReport &report);

/// The document of `analyze`. \p file is the path as given.
Json analyze_document(const PreparedModel &model, const std::string &file,
                      const std::optional<AccuracyOnData> &data);

/// \error kDoesNotFit  naming what would help
Status expect_fits(const PreparedModel &model);

/// What would help a network that does not fit; empty when it does.
std::vector<std::string> suggestions(const PreparedModel &model);

}  // namespace embark
