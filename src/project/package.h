#pragma once

#include "project/project.h"

namespace embark {

/// An ecosystem that a model can be packed for.
struct PackageKind {
    std::string name;   ///< as the option is spelt: "cmake"
    std::string about;  ///< how the package is used, one line
    /// Folders of the package. Headers keep their "emk/", kernels their tree, since they include
    /// each other by it; `example` gets inference.h, which the kind's own example includes.
    std::string headers, sources, example;
    /// How a template lists a source or header: "{}" stands for its path.
    std::string source_line, header_line;
};

/// All kinds, in the order of the help.
const std::vector<PackageKind> &package_kinds();

/// The model, its kernels and the check of its weights, laid out for \p kind, with an example, from
/// the templates in boards/packages/. \error kNotFound when embark's data lacks a file
Expected<ProjectFiles> package_files(const GeneratedModel &model, const PackageKind &kind);

}  // namespace embark
