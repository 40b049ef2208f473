#include "project/project.h"

#include <gtest/gtest.h>

#include "project/package.h"
#include "project/template.h"

namespace embark {

namespace {

GeneratedModel small_model() {
    return {"net", "/* header */\n", "/* source */\n", {"dense/dense_f32.c"}};
}

bool has_text(const ProjectFiles &files, const std::string &name, const std::string &text) {
    const auto found = files.find(name);
    return found != files.end() && found->second.find(text) != std::string::npos;
}

void expect_no_placeholders(const ProjectFiles &files) {
    for (const auto &[name, text] : files) {
        for (const char *left : {"@MODEL_NAME@", "@PROJECT_NAME@", "@SOURCES@", "@BOARD_NAME@"}) {
            EXPECT_EQ(text.find(left), std::string::npos) << left << " in " << name;
        }
    }
}

}  // namespace

TEST(FillTemplate, ReplacesEveryPlaceholder) {
    EXPECT_EQ(fill_template("@A@ and @B_C@@A@", "f", {{"A", "1"}, {"B_C", "2"}}).value(),
              "1 and 21");
    EXPECT_EQ(fill_template("", "f", {}).value(), "");
}

TEST(FillTemplate, RefusesAPlaceholderWithoutValue) {
    const auto filled = fill_template("x @NAME@", "main.c.in", {{"OTHER", "1"}});
    ASSERT_FALSE(filled.ok());
    EXPECT_EQ(filled.error().code, ErrorCode::kInternal);
    EXPECT_EQ(filled.error().location.file, "main.c.in");
    EXPECT_NE(filled.error().message.find("@NAME@"), std::string::npos);
}

TEST(FillTemplate, KeepsTextWithOtherAtSigns) {
    for (const char *text : {"@", "a@b.c", "@lower@", "@@", "x@y@z", "@ A @", "@A1@"}) {
        EXPECT_EQ(fill_template(text, "f", {}).value(), text);
    }
    EXPECT_EQ(fill_template("me@here @A@ @", "f", {{"A", "1"}}).value(), "me@here 1 @");
}

TEST(FillTemplate, DoesNotFillWhatAValueHolds) {
    EXPECT_EQ(fill_template("@A@", "f", {{"A", "@B@"}, {"B", "x"}}).value(), "@B@");
}

TEST(HostProject, HoldsModelKernelsAndService) {
    const auto files = host_project(small_model());
    ASSERT_TRUE(files.ok()) << to_string(files.error());
    for (const char *name :
         {"CMakeLists.txt", "model/net.h", "model/net.c", "runtime/kernels/dense/dense_f32.c",
          "runtime/kernels/epilogue_f32.h", "runtime/include/emk/model.h",
          "runtime/include/emk/f32.h", "runtime/link/emk_link.c", "runtime/link/port_host.c",
          "host/example.c", "host/service.c"}) {
        EXPECT_TRUE(files->contains(name)) << name;
    }
    EXPECT_FALSE(files->contains("runtime/kernels/conv2d/conv2d_f32.c"));
    EXPECT_TRUE(has_text(*files, "CMakeLists.txt", "model/net.c"));
    expect_no_placeholders(*files);
}

TEST(FirmwareProject, HoldsStartUpLinkerScriptAndToolchain) {
    const Board board = find_board("stm32l4r9i-disco").value();
    const auto files = firmware_project(small_model(), board);
    ASSERT_TRUE(files.ok()) << to_string(files.error());
    for (const char *name : {"CMakeLists.txt", "toolchain.cmake", "main.c", "board/startup.c",
                             "board/port.c", "board/linker.ld", "model/net.c",
                             "runtime/link/emk_memory.c", "runtime/kernels/dense/dense_f32.c"}) {
        EXPECT_TRUE(files->contains(name)) << name;
    }
    EXPECT_FALSE(files->contains("runtime/link/port_host.c"));
    EXPECT_TRUE(has_text(*files, "board/linker.ld", "0x08000000"));
    expect_no_placeholders(*files);
}

TEST(FirmwareProject, NamesBoardsThatWorkWhenThisOneDoesNot) {
    Board board = find_board("stm32l4r9i-disco").value();
    board.id = "private-board";
    board.family.clear();
    const auto files = firmware_project(small_model(), board);
    ASSERT_FALSE(files.ok());
    EXPECT_EQ(files.error().code, ErrorCode::kUnsupported);
    EXPECT_NE(to_string(files.error()).find("stm32l4r9i-disco"), std::string::npos);
}

TEST(PackageFiles, EveryKindHoldsModelKernelsAndAnExample) {
    for (const PackageKind &kind : package_kinds()) {
        const auto files = package_files(small_model(), kind);
        ASSERT_TRUE(files.ok()) << kind.name << ": " << to_string(files.error());
        for (const std::string &name :
             {kind.headers + "/net.h", kind.headers + "/emk/model.h", kind.sources + "/net.c",
              kind.sources + "/kernels/dense/dense_f32.c", kind.sources + "/kernels/epilogue_f32.h",
              kind.sources + "/link/emk_crc.c", kind.example + "/inference.h"}) {
            EXPECT_TRUE(files->contains(name)) << kind.name << ": " << name;
        }
        expect_no_placeholders(*files);
    }
}

TEST(ModelFiles, NamesARuntimeFileThatIsMissing) {
    GeneratedModel model = small_model();
    model.kernel_sources = {"dense/dense_f99.c"};
    const auto files = model_files(model);
    ASSERT_FALSE(files.ok());
    EXPECT_EQ(files.error().code, ErrorCode::kNotFound);
}

TEST(WriteProject, WritesEveryFile) {
    const auto folder = TemporaryDirectory::create();
    ASSERT_TRUE(folder.ok());
    const auto path = folder->path() / "project";
    ASSERT_TRUE(write_project({{"a.txt", "1"}, {"b/c.txt", "2"}}, path).ok());
    EXPECT_EQ(read_text_file(path / "a.txt").value(), "1");
    EXPECT_EQ(read_text_file(path / "b/c.txt").value(), "2");
}

}  // namespace embark
