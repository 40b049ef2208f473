// The spec's text: reading and printing.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

#include "base/diagnostics.h"
#include "train/spec.h"

namespace embark {

namespace {

constexpr int64_t kMostUnits = 1 << 20;

const std::map<std::string, LayerKind, std::less<>> kKinds = {
    {"input", LayerKind::kInput},
    {"conv", LayerKind::kConv},
    {"separable", LayerKind::kConv},  // becomes two layers
    {"depthwise", LayerKind::kDepthwise},
    {"dense", LayerKind::kDense},
    {"batch_norm", LayerKind::kBatchNorm},
    {"max_pool", LayerKind::kMaxPool},
    {"average_pool", LayerKind::kAveragePool},
    {"global_average_pool", LayerKind::kGlobalAveragePool},
    {"global_max_pool", LayerKind::kGlobalMaxPool},
    {"add", LayerKind::kAdd},
    {"concat", LayerKind::kConcat},
    {"dropout", LayerKind::kDropout},
    {"spatial_dropout", LayerKind::kSpatialDropout},
    {"flatten", LayerKind::kFlatten},
    {"reshape", LayerKind::kReshape},
    {"softmax", LayerKind::kSoftmax},
};

std::vector<std::string> words_of(std::string_view line) {
    std::vector<std::string> words;
    for (size_t at = 0; at < line.size();) {
        if (line[at] == '#') break;
        if (line[at] == ' ' || line[at] == '\t' || line[at] == '\r') {
            ++at;
            continue;
        }
        const size_t end = std::min(line.find_first_of(" \t\r#", at), line.size());
        words.emplace_back(line.substr(at, end - at));
        at = end;
    }
    return words;
}

template <typename T>
std::optional<T> number(std::string_view word) {
    T value{};
    const auto result = std::from_chars(word.data(), word.data() + word.size(), value);
    if (result.ec != std::errc() || result.ptr != word.data() + word.size()) return std::nullopt;
    return value;
}

/// "3", "3x5": positive extents between marks \p mark.
std::optional<std::vector<int64_t>> extents(std::string_view word, char mark) {
    std::vector<int64_t> list;
    while (true) {
        const size_t end = std::min(word.find(mark), word.size());
        const auto value = number<int64_t>(word.substr(0, end));
        if (!value || *value < 0 || *value > kMostUnits) return std::nullopt;
        list.push_back(*value);
        if (end == word.size()) return list;
        word.remove_prefix(end + 1);
    }
}

bool is_name(std::string_view word) {
    return !word.empty() && std::all_of(word.begin(), word.end(), [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '_' || c == '/' || c == '-' || c == '.';
    });
}

bool has_weights(LayerKind kind) {
    return kind == LayerKind::kConv || kind == LayerKind::kDepthwise || kind == LayerKind::kDense;
}
bool has_window(LayerKind kind) {
    return kind == LayerKind::kConv || kind == LayerKind::kDepthwise ||
           kind == LayerKind::kMaxPool || kind == LayerKind::kAveragePool;
}
bool is_join(LayerKind kind) {
    return kind == LayerKind::kAdd || kind == LayerKind::kConcat;
}

class Parser {
  public:
    Parser(std::string_view text, const std::string &file) : text_(text), faults_(file) {}

    Expected<Spec> run() {
        for (size_t start = 0; start <= text_.size();) {
            const size_t end = std::min(text_.find('\n', start), text_.size());
            ++line_;
            read_line(words_of(text_.substr(start, end - start)));
            start = end + 1;
        }
        if (spec_.layers.empty() && !faults_.has_errors()) {
            fault("no layers, expected a first line such as 'input 32 32 3'");
        }
        if (faults_.has_errors()) return faults_.merged();
        auto shapes = infer_shapes(spec_);
        if (!shapes.ok()) faults_.error(std::move(shapes).error());
        if (faults_.has_errors()) return faults_.merged();
        return std::move(spec_);
    }

  private:
    void fault(std::string message) {
        faults_.error(ErrorCode::kInvalid, fmt::format("line {}", line_), std::move(message));
    }

    void read_line(std::vector<std::string> words) {
        if (words.empty()) return;
        if (words[0] == "network" && words.size() == 2) {
            spec_.name = words[1];
            return;
        }
        Layer layer;
        layer.line = line_;
        if (words[0].size() > 1 && words[0].ends_with(':')) {
            layer.name = words[0].substr(0, words[0].size() - 1);
            words.erase(words.begin());
            if (!is_name(layer.name)) return fault(fmt::format("'{}' is no name", layer.name));
        }
        if (words.empty()) return fault("expected a layer behind its name");
        word_ = words[0];
        if (is_activation(word_)) {
            layer.kind = LayerKind::kActivation;
            layer.activation = word_;
        } else if (const auto kind = kKinds.find(word_); kind != kKinds.end()) {
            layer.kind = kind->second;
        } else {
            return fault(fmt::format("'{}' is no layer; see docs/training.md", word_));
        }
        if ((layer.kind == LayerKind::kInput) != spec_.layers.empty()) {
            return fault(spec_.layers.empty()
                             ? fmt::format("found '{}', expected the input first", word_)
                             : std::string("a second input: networks have one"));
        }
        words.erase(words.begin());
        if (read_layer(layer, words)) add(std::move(layer));
    }

    std::string free_name(const std::string &word) const {
        if (spec_.find(word) == nullptr) return word;
        for (int i = 1;; ++i) {
            std::string name = fmt::format("{}_{}", word, i);
            if (spec_.find(name) == nullptr) return name;
        }
    }

    void add(Layer layer) {
        if (layer.name.empty()) layer.name = free_name(word_);
        if (spec_.find(layer.name) != nullptr) {
            return fault(fmt::format("the name '{}' is taken", layer.name));
        }
        if (word_ == "separable") {
            Layer depthwise = layer;
            depthwise.kind = LayerKind::kDepthwise;
            depthwise.name += "/depthwise";
            depthwise.bias = false;
            depthwise.activation.clear();
            depthwise.alpha = 0;
            depthwise.units = 0;
            layer.kernel = layer.strides = layer.dilations = {1, 1};
            layer.padding = Padding::kSame;
            layer.multiplier = 1;
            layer.inputs = {depthwise.name};
            spec_.layers.push_back(std::move(depthwise));
        }
        spec_.layers.push_back(std::move(layer));
    }

    /// Everything behind the layer's word.
    bool read_layer(Layer &layer, std::vector<std::string> &words) {
        take_inputs(layer, words);
        const size_t before = faults_.errors().size();
        size_t at = 0;
        if (layer.kind == LayerKind::kInput || layer.kind == LayerKind::kReshape) {
            read_shape(layer, words, at);
        } else if (layer.kind == LayerKind::kConv || layer.kind == LayerKind::kDense) {
            const auto units = at < words.size() ? number<int64_t>(words[at]) : std::nullopt;
            if (!units || *units < 1 || *units > kMostUnits) {
                fault(fmt::format("expected the number of outputs behind '{}'", word_));
                return false;
            }
            layer.units = *units;
            ++at;
        } else if (layer.kind == LayerKind::kDropout || layer.kind == LayerKind::kSpatialDropout) {
            const auto rate = at < words.size() ? number<double>(words[at]) : std::nullopt;
            if (!rate || !(*rate >= 0 && *rate < 1)) {
                fault(fmt::format("expected a rate in [0,1) behind '{}'", word_));
                return false;
            }
            layer.rate = *rate;
            ++at;
        }
        if (has_window(layer.kind)) read_window(layer, words, at);
        read_options(layer, words, at);
        return faults_.errors().size() == before;
    }

    void take_inputs(Layer &layer, std::vector<std::string> &words) {
        if (layer.kind == LayerKind::kInput) return;
        if (is_join(layer.kind)) {
            layer.inputs = words;
            words.clear();
            if (layer.inputs.size() < 2) {
                fault(fmt::format("expected the names of two layers or more behind '{}'", word_));
            }
        } else if (const auto from = std::find(words.begin(), words.end(), "from");
                   from != words.end()) {
            if (from + 1 == words.end()) {
                fault("expected a layer's name behind 'from'");
            } else {
                layer.inputs = {*(from + 1)};
                words.erase(from, from + 2);
            }
        }
        if (layer.inputs.empty()) layer.inputs = {spec_.layers.back().name};
        for (const std::string &name : layer.inputs) {
            if (spec_.find(name) == nullptr) fault(fmt::format("no layer '{}' above", name));
        }
    }

    void read_shape(Layer &layer, const std::vector<std::string> &words, size_t &at) {
        for (; at < words.size(); ++at) {
            const auto extent = number<int64_t>(words[at]);
            if (!extent || *extent < 1 || *extent > kMostUnits) break;
            layer.shape.push_back(*extent);
        }
        if (layer.shape.empty() || layer.shape.size() > 3) {
            fault(
                fmt::format("expected one to three extents behind '{}': rows columns channels, "
                            "steps channels, or features",
                            word_));
        }
    }

    void read_window(Layer &layer, const std::vector<std::string> &words, size_t &at) {
        const auto kernel = at < words.size() ? extents(words[at], 'x') : std::nullopt;
        if (!kernel || kernel->size() > 2 || std::count(kernel->begin(), kernel->end(), 0) > 0) {
            return fault(
                fmt::format("expected a window such as 3x3, or 5 for steps, behind '{}'", word_));
        }
        ++at;
        layer.kernel = pair_of(*kernel);
        if (layer.kind == LayerKind::kMaxPool || layer.kind == LayerKind::kAveragePool) {
            layer.strides = layer.kernel;
            layer.padding = Padding::kValid;
        }
    }

    /// One extent is along the columns.
    static std::array<int64_t, 2> pair_of(const std::vector<int64_t> &list) {
        return list.size() == 2 ? std::array<int64_t, 2>{list[0], list[1]}
                                : std::array<int64_t, 2>{1, list[0]};
    }

    void read_options(Layer &layer, const std::vector<std::string> &words, size_t at) {
        for (; at < words.size(); ++at) {
            const std::string &word = words[at];
            const std::string value = at + 1 < words.size() ? words[at + 1] : "";
            if (has_weights(layer.kind) && is_activation(word)) {
                layer.activation = word;
            } else if (has_weights(layer.kind) && word == "nobias") {
                layer.bias = false;
            } else if (has_window(layer.kind) && word == "same") {
                layer.padding = Padding::kSame;
            } else if (has_window(layer.kind) && word == "valid") {
                layer.padding = Padding::kValid;
            } else if (read_valued(layer, word, value)) {
                ++at;
            } else {
                return fault(fmt::format("'{}' does not belong to '{}'", word, word_));
            }
        }
    }

    bool read_valued(Layer &layer, const std::string &word, const std::string &value) {
        if (has_window(layer.kind)) {
            if (word == "stride") return set_pair(layer.strides, value);
            if (word == "dilation") return set_pair(layer.dilations, value);
            if (word == "pad") return set_pads(layer, value);
        }
        if (word == "groups" && word_ == "conv") return set_count(layer.groups, value);
        if (word == "multiplier" && (word_ == "depthwise" || word_ == "separable")) {
            return set_count(layer.multiplier, value);
        }
        if (word == "epsilon" && layer.kind == LayerKind::kBatchNorm) {
            return set_real(layer.epsilon, value);
        }
        if (word == "alpha" && (layer.activation == "leaky_relu" || layer.activation == "elu")) {
            return set_real(layer.alpha, value);
        }
        return false;
    }

    bool set_pair(std::array<int64_t, 2> &to, const std::string &value) {
        auto list = extents(value, 'x');
        if (!list || list->size() > 2 || std::count(list->begin(), list->end(), 0) > 0) {
            fault(fmt::format("found '{}', expected an extent such as 2 or 2x1", value));
            return true;
        }
        to = list->size() == 2 ? pair_of(*list) : std::array<int64_t, 2>{(*list)[0], (*list)[0]};
        return true;
    }
    bool set_pads(Layer &layer, const std::string &value) {
        const auto list = extents(value, ',');
        if (!list || list->size() != 4) {
            fault(fmt::format("found 'pad {}', expected top,bottom,left,right", value));
            return true;
        }
        std::copy(list->begin(), list->end(), layer.pads.begin());
        layer.padding = Padding::kExplicit;
        return true;
    }
    bool set_count(int64_t &to, const std::string &value) {
        const auto found = number<int64_t>(value);
        if (!found || *found < 1 || *found > kMostUnits) {
            fault(fmt::format("found '{}', expected a count above zero", value));
        } else {
            to = *found;
        }
        return true;
    }
    bool set_real(double &to, const std::string &value) {
        const auto found = number<double>(value);
        if (!found || !(*found >= 0 && *found < 1e6)) {
            fault(fmt::format("found '{}', expected a number that is not negative", value));
        } else {
            to = *found;
        }
        return true;
    }

    std::string_view text_;
    Diagnostics faults_;
    Spec spec_;
    std::string word_;
    int line_ = 0;
};

std::string window_text(const std::array<int64_t, 2> &pair, bool rows) {
    return rows ? fmt::format("{}x{}", pair[0], pair[1]) : fmt::format("{}", pair[1]);
}

std::string options_text(const Layer &layer, bool rows) {
    std::string text;
    if (has_window(layer.kind)) {
        const bool pools =
            layer.kind == LayerKind::kMaxPool || layer.kind == LayerKind::kAveragePool;
        const std::array<int64_t, 2> usual = pools ? layer.kernel : std::array<int64_t, 2>{1, 1};
        const auto pair = [rows](const std::array<int64_t, 2> &p) {
            if (!rows) return fmt::format("{}", p[1]);
            return p[0] == p[1] ? fmt::format("{}", p[0]) : fmt::format("{}x{}", p[0], p[1]);
        };
        text += " " + window_text(layer.kernel, rows);
        if (rows ? layer.strides != usual : layer.strides[1] != usual[1])
            text += " stride " + pair(layer.strides);
        if (layer.dilations != std::array<int64_t, 2>{1, 1} && (rows || layer.dilations[1] != 1)) {
            text += " dilation " + pair(layer.dilations);
        }
        if (layer.padding == Padding::kExplicit) {
            text += fmt::format(" pad {}", fmt::join(layer.pads, ","));
        } else if ((layer.padding == Padding::kSame) == pools) {
            text += pools ? " same" : " valid";
        }
    }
    if (layer.groups != 1) text += fmt::format(" groups {}", layer.groups);
    if (layer.multiplier != 1) text += fmt::format(" multiplier {}", layer.multiplier);
    if (!layer.bias) text += " nobias";
    if (has_weights(layer.kind) && !layer.activation.empty()) text += " " + layer.activation;
    if (layer.alpha != 0) text += fmt::format(" alpha {}", layer.alpha);
    if (layer.kind == LayerKind::kBatchNorm && layer.epsilon != 1e-3) {
        text += fmt::format(" epsilon {}", layer.epsilon);
    }
    return text;
}

}  // namespace

Expected<Spec> parse_spec(std::string_view text, const std::string &file) {
    auto spec = Parser(text, file).run();
    if (!spec.ok() && spec.error().location.file.empty()) spec.error().location.file = file;
    return spec;
}

std::string print_spec(const Spec &spec) {
    const auto shapes = infer_shapes(spec);
    std::string text = fmt::format("network {}\n", spec.name);
    for (size_t i = 0; i < spec.layers.size(); ++i) {
        const Layer &layer = spec.layers[i];
        text += fmt::format("{}: {}", layer.name, word_of(layer));
        const int source = layer.inputs.empty() ? -1 : spec.index_of(layer.inputs[0]);
        const bool rows =
            !shapes.ok() || source < 0 || (*shapes)[static_cast<size_t>(source)].size() == 3;
        if (!layer.shape.empty()) text += fmt::format(" {}", fmt::join(layer.shape, " "));
        if (layer.units > 0) text += fmt::format(" {}", layer.units);
        if (layer.kind == LayerKind::kDropout || layer.kind == LayerKind::kSpatialDropout) {
            text += fmt::format(" {}", layer.rate);
        }
        text += options_text(layer, rows);
        if (is_join(layer.kind)) {
            text += fmt::format(" {}", fmt::join(layer.inputs, " "));
        } else if (i > 0 && layer.inputs[0] != spec.layers[i - 1].name) {
            text += " from " + layer.inputs[0];
        }
        text += '\n';
    }
    return text;
}

}  // namespace embark
