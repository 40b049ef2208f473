# The plug-in through which `embark train` reaches libtorch (src/train/torch). Nothing else links
# libtorch, so embark starts as fast without it, and builds where it is not installed.
option(EMBARK_TORCH "training with libtorch, where it is installed" ON)
if(EMBARK_TORCH)
  find_package(Torch QUIET)
endif()
if(NOT Torch_FOUND)
  message(STATUS "libtorch not found: embark is built without training")
  return()
endif()

# What it shares with the program, compiled once more: libraries here are not position independent.
file(GLOB torch_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/train/torch/*.cc")
set(shared train/batches.cc train/network.cc train/spec.cc train/spec_text.cc base/bytes.cc base/diagnostics.cc
  base/expected.cc base/files.cc ir/graph.cc quantize/rounding.cc quantize/scales.cc
  quantize/observe.cc quantize/parallel.cc ops/panel.cc
  evaluate/dataset.cc)
list(TRANSFORM shared PREPEND "${PROJECT_SOURCE_DIR}/src/")
add_library(embark_torch MODULE ${torch_sources} ${shared})
target_include_directories(embark_torch PRIVATE "${PROJECT_SOURCE_DIR}/src" "${PROJECT_SOURCE_DIR}/include")
target_include_directories(embark_torch SYSTEM PRIVATE ${TORCH_INCLUDE_DIRS})
target_link_libraries(embark_torch PRIVATE ${TORCH_LIBRARIES} fmt::fmt)
target_compile_options(embark_torch PRIVATE -ffunction-sections)
target_link_options(embark_torch PRIVATE LINKER:--no-undefined LINKER:--gc-sections)
target_compile_definitions(embark_torch PRIVATE EMBARK_SOURCE_TREE="${PROJECT_SOURCE_DIR}")
set_target_properties(embark_torch PROPERTIES CXX_VISIBILITY_PRESET hidden LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/src")
target_compile_definitions(embark_train PRIVATE EMBARK_TORCH_BUILD="$<TARGET_FILE:embark_torch>")
install(TARGETS embark_torch LIBRARY DESTINATION lib/embark)
