#include "base/diagnostics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace embark {
namespace {

using testing::ElementsAre;

TEST(Diagnostics, IsOkWithoutErrors) {
    Diagnostics diagnostics("model.h5");
    diagnostics.warning("dropout is dropped");
    EXPECT_FALSE(diagnostics.has_errors());
    EXPECT_TRUE(diagnostics.status().ok());
    EXPECT_THAT(diagnostics.warnings(), ElementsAre("dropout is dropped"));
}

TEST(Diagnostics, KeepsEveryErrorInOrder) {
    Diagnostics diagnostics("model.h5");
    diagnostics.error(ErrorCode::kUnsupported, "layer a", "unknown layer type 'Foo'");
    diagnostics.error(ErrorCode::kInvalid, "layer b", "has no weights");
    diagnostics.error(make_error(ErrorCode::kIo, "cannot read"));
    ASSERT_EQ(diagnostics.errors().size(), 3u);
    const Status status = diagnostics.status();
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code, ErrorCode::kUnsupported);
    EXPECT_EQ(to_string(status.error()),
              "model.h5: layer a: unknown layer type 'Foo'\n"
              "note: also: model.h5: layer b: has no weights\n"
              "note: also: cannot read");
}

TEST(Diagnostics, MergingNothingAborts) {
    EXPECT_DEATH((void)Diagnostics().merged(), "has_errors");
}

}  // namespace
}  // namespace embark
