#pragma once
// For tests: writes Keras HDF5 files of any content, right or wrong.

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <hdf5.h>

#include <filesystem>
#include <string>
#include <vector>

#include "base/files.h"
#include "import/importer.h"
#include "ir/graph.h"

namespace embark::keras {

struct TestWeight {
    std::string name;  ///< "conv/kernel", below the layer's group
    std::vector<hsize_t> shape;
    std::vector<float> values;  ///< empty: 0.1, 0.2, 0.3 …
};

struct TestLayer {
    std::string name;
    std::vector<TestWeight> weights;
};

struct TestFile {
    std::string keras_version = "3.15.1";
    std::string model_config;
    std::string training_config;
    std::vector<TestLayer> layers;
    bool fixed_strings = false;  ///< instead of variable-length ones
    bool split_lists = false;    ///< layer_names0, layer_names1 … as Keras does with long lists
    bool with_weights_group = true;
};

namespace test_file_detail {

inline void write_strings(hid_t object, const std::string &name,
                          const std::vector<std::string> &values, bool scalar, bool fixed) {
    hsize_t count = values.size();
    const hid_t space = scalar ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &count, nullptr);
    const hid_t type = H5Tcopy(H5T_C_S1);
    size_t width = 1;
    for (const std::string &value : values) width = std::max(width, value.size());
    H5Tset_size(type, fixed ? width : H5T_VARIABLE);
    const hid_t attribute = H5Acreate2(object, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT);
    std::vector<const char *> pointers;
    std::string packed(width * values.size(), '\0');
    for (size_t i = 0; i < values.size(); ++i) {
        pointers.push_back(values[i].c_str());
        values[i].copy(packed.data() + i * width, width);
    }
    if (count > 0)
        H5Awrite(attribute, type,
                 fixed ? static_cast<const void *>(packed.data())
                       : static_cast<const void *>(pointers.data()));
    H5Aclose(attribute);
    H5Tclose(type);
    H5Sclose(space);
}

inline void write_list(hid_t object, const std::string &name,
                       const std::vector<std::string> &values, const TestFile &file) {
    if (!file.split_lists) return write_strings(object, name, values, false, file.fixed_strings);
    for (size_t i = 0; i < values.size(); ++i) {
        write_strings(object, fmt::format("{}{}", name, i), {values[i]}, false, file.fixed_strings);
    }
}

inline void write_weight(hid_t group, const TestWeight &weight) {
    const hid_t space =
        H5Screate_simple(static_cast<int>(weight.shape.size()), weight.shape.data(), nullptr);
    const hid_t links = H5Pcreate(H5P_LINK_CREATE);
    H5Pset_create_intermediate_group(links, 1);
    const hid_t dataset = H5Dcreate2(group, weight.name.c_str(), H5T_IEEE_F32LE, space, links,
                                     H5P_DEFAULT, H5P_DEFAULT);
    std::vector<float> values = weight.values;
    const auto count = static_cast<size_t>(H5Sget_simple_extent_npoints(space));
    for (size_t i = values.size(); i < count; ++i) values.push_back(0.1f * (1 + i % 7));
    H5Dwrite(dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
    H5Dclose(dataset);
    H5Pclose(links);
    H5Sclose(space);
}

}  // namespace test_file_detail

inline void write_test_file(const TestFile &file, const std::filesystem::path &path) {
    using namespace test_file_detail;
    const hid_t root = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    ASSERT_GE(root, 0);
    const auto text = [&](const char *name, const std::string &value) {
        if (!value.empty()) write_strings(root, name, {value}, true, file.fixed_strings);
    };
    text("keras_version", file.keras_version);
    text("backend", "tensorflow");
    text("model_config", file.model_config);
    text("training_config", file.training_config);
    if (file.with_weights_group) {
        const hid_t weights =
            H5Gcreate2(root, "model_weights", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        std::vector<std::string> names;
        for (const TestLayer &layer : file.layers) {
            names.push_back(layer.name);
            const hid_t group =
                H5Gcreate2(weights, layer.name.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
            std::vector<std::string> weight_names;
            for (const TestWeight &weight : layer.weights) {
                weight_names.push_back(weight.name);
                write_weight(group, weight);
            }
            write_list(group, "weight_names", weight_names, file);
            H5Gclose(group);
        }
        write_list(weights, "layer_names", names, file);
        H5Gclose(weights);
    }
    H5Fclose(root);
}

/// Writes \p file to a temporary place and imports it.
inline Expected<Graph> import_test_file(const TestFile &file, const ImportOptions &options = {}) {
    auto directory = TemporaryDirectory::create();
    EMBARK_RETURN_IF_ERROR(directory.ok() ? Status(Ok{}) : Status(directory.error()));
    const auto path = directory->path() / "model.h5";
    write_test_file(file, path);
    return import_model(path, options);
}

/// A Sequential model of layers given as JSON, on an input of \p shape such as "4,4,2".
inline std::string sequential_config(const std::string &shape, const std::string &layers) {
    return fmt::format(
        R"({{"class_name":"Sequential","config":{{"name":"net","layers":[{{"class_name":"InputLayer",)"
        R"("config":{{"batch_shape":[null,{}],"dtype":"float32","name":"image"}}}},{}]}}}})",
        shape, layers);
}

/// {"class_name": …, "config": {"name": …, …}}
inline std::string layer_config(const std::string &class_name, const std::string &name,
                                const std::string &more = {}) {
    return fmt::format(R"({{"class_name":"{}","config":{{"name":"{}"{}{}}}}})", class_name, name,
                       more.empty() ? "" : ",", more);
}

inline std::filesystem::path sample(const std::string &name) {
    return std::filesystem::path(EMBARK_SOURCE_DIR) / "tests/data/keras" / name;
}

}  // namespace embark::keras
