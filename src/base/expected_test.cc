#include "base/expected.h"

#include <gtest/gtest.h>

#include <memory>

namespace embark {
namespace {

Expected<int> half(int value) {
    if (value % 2 != 0) return make_error(ErrorCode::kInvalid, "found an odd number");
    return value / 2;
}

Expected<int> quarter(int value) {
    EMBARK_ASSIGN(const int first, half(value));
    EMBARK_ASSIGN(const int second, half(first));
    return second;
}

Status check_even(int value) {
    EMBARK_RETURN_IF_ERROR(half(value));
    return Ok{};
}

TEST(Expected, HoldsAValueOrAnError) {
    EXPECT_TRUE(half(4).ok());
    EXPECT_EQ(*half(4), 2);
    EXPECT_FALSE(half(3).ok());
    EXPECT_FALSE(static_cast<bool>(half(3)));
    EXPECT_EQ(half(3).error().message, "found an odd number");
}

TEST(Expected, AssignHandsTheFirstErrorOn) {
    EXPECT_EQ(*quarter(8), 2);
    EXPECT_FALSE(quarter(6).ok());
    EXPECT_FALSE(quarter(5).ok());
}

TEST(Expected, ReturnIfErrorWorksOnAnyExpected) {
    EXPECT_TRUE(check_even(2).ok());
    EXPECT_EQ(check_even(1).error().code, ErrorCode::kInvalid);
}

TEST(Expected, CarriesValuesThatOnlyMove) {
    Expected<std::unique_ptr<int>> owner(std::make_unique<int>(7));
    ASSERT_TRUE(owner.ok());
    EXPECT_EQ(**owner, 7);
    const std::unique_ptr<int> taken = std::move(owner).value();
    EXPECT_EQ(*taken, 7);
}

TEST(Expected, ReadingTheValueOfAnErrorAborts) {
    EXPECT_DEATH((void)half(3).value(), "internal error: .* assertion 'ok\\(\\)' failed");
    EXPECT_DEATH((void)half(4).error(), "assertion '!ok\\(\\)' failed");
}

TEST(Error, PrintsFilePlaceMessageAndNotes) {
    Error error = make_error(ErrorCode::kInvalid, Location{"kws.h5", "layer conv1/kernel"},
                             "shape [3,3,1] has rank 3, expected 4");
    error.notes = {"first", "second"};
    EXPECT_EQ(to_string(error),
              "kws.h5: layer conv1/kernel: shape [3,3,1] has rank 3, expected 4\n"
              "note: first\nnote: second");
}

TEST(Error, LeavesOutAnUnknownLocation) {
    EXPECT_EQ(to_string(make_error(ErrorCode::kUsage, "no model given")), "no model given");
    EXPECT_EQ(to_string(make_error(ErrorCode::kIo, Location{"a.h5", ""}, "too short")),
              "a.h5: too short");
}

TEST(ExitStatus, TellsWhoIsAtFault) {
    for (const ErrorCode code : {ErrorCode::kInvalid, ErrorCode::kUnsupported, ErrorCode::kNotFound,
                                 ErrorCode::kIo, ErrorCode::kTimeout}) {
        EXPECT_EQ(exit_status(code), 1);
    }
    EXPECT_EQ(exit_status(ErrorCode::kUsage), 2);
    EXPECT_EQ(exit_status(ErrorCode::kDoesNotFit), 3);
    EXPECT_EQ(exit_status(ErrorCode::kInternal), 4);
}

}  // namespace
}  // namespace embark
