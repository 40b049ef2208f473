#include <gtest/gtest.h>

#include "ops/testing.h"

namespace embark {
namespace {

using Ints = std::vector<int64_t>;

TEST(Pad, SurroundsByTheValue) {
    OpCase test{"pad",
                {1, 2, 2, 1},
                {},
                {{"before", Ints{0, 1, 0, 0}}, {"after", Ints{0, 0, 1, 1}}, {"value", -1.0}}};
    EXPECT_EQ(test.inferred(), "[1,3,3,2]");
    EXPECT_EQ(test.run({1, 2, 3, 4}), (std::vector<float>{-1, -1, -1, -1, -1, -1,  //
                                                          1, -1, 2, -1, -1, -1,    //
                                                          3, -1, 4, -1, -1, -1}));
    test.attributes.erase("value");
    EXPECT_EQ(test.run({1, 2, 3, 4})[0], 0.0f);
}

TEST(Pad, ExplainsBadAttributes) {
    EXPECT_EQ((OpCase{"pad", {1, 2}, {}, {{"after", Ints{0, 0}}}}).inferred(),
              "attribute before is missing");
    EXPECT_EQ((OpCase{"pad", {1, 2}, {}, {{"before", Ints{0}}, {"after", Ints{0, 0}}}}).inferred(),
              "attribute before is [0], expected 2 values");
    EXPECT_EQ(
        (OpCase{"pad", {1, 2}, {}, {{"before", Ints{0, 0}}, {"after", Ints{0, -1}}}}).inferred(),
        "attribute after is [0,-1], expected values from 0 to 1048576");
}

}  // namespace
}  // namespace embark
