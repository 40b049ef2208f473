# What `cmake --install BUILD --prefix DIR` puts where. The program finds share/embark beside its
# own bin/ (data_directory() in src/base/files.cc), so the prefix can be moved as a whole.
# src/cli/CMakeLists.txt installs the program.
install(DIRECTORY "${PROJECT_SOURCE_DIR}/boards" "${PROJECT_SOURCE_DIR}/runtime"
  DESTINATION share/embark
  PATTERN "*_test.*" EXCLUDE PATTERN "test" EXCLUDE)
install(FILES "${PROJECT_SOURCE_DIR}/README.md" "${PROJECT_SOURCE_DIR}/LICENSE"
  DESTINATION share/doc/embark)
install(FILES "${PROJECT_SOURCE_DIR}/src/cli/completion/embark.bash"
  DESTINATION share/bash-completion/completions RENAME embark)
install(FILES "${PROJECT_SOURCE_DIR}/src/cli/completion/_embark"
  DESTINATION share/zsh/site-functions)
