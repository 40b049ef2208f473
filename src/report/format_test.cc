#include "report/format.h"

#include <gtest/gtest.h>

namespace embark {
namespace {

constexpr Language kEn = Language::kEnglish;
constexpr Language kFr = Language::kFrench;

TEST(Format, GroupsDigitsByTheLanguage) {
    EXPECT_EQ(format_count(32997984, kEn), "32,997,984");
    EXPECT_EQ(format_count(-1234, kEn), "-1,234");
    EXPECT_EQ(format_count(999, kEn), "999");
    EXPECT_EQ(format_count(1343146, kFr), "1\u202f343\u202f146");
    EXPECT_EQ(format_fixed(1234.5, 2, kFr), "1\u202f234,50");
}

TEST(Format, ShowsSizesWithThreeDigits) {
    EXPECT_EQ(format_size(512, kEn), "512\u00a0B");
    EXPECT_EQ(format_size(-3072, kEn), "-3.00\u00a0KiB");
    EXPECT_EQ(format_size(5372584, kEn), "5.12\u00a0MiB");
    EXPECT_EQ(format_size(1048575, kEn), "1.00\u00a0MiB");
    EXPECT_EQ(format_size(655360, kFr), "640\u00a0Kio");
    EXPECT_EQ(format_bytes(2097152, kFr), "2\u202f097\u202f152\u00a0o");
}

TEST(Format, ChoosesTheUnitOfTimeAndEnergy) {
    EXPECT_EQ(format_latency(0.0123, kEn), "12.3\u00a0µs");
    EXPECT_EQ(format_latency(0.9999, kEn), "1.00\u00a0ms");
    EXPECT_EQ(format_latency(1840, kEn), "1.84\u00a0s");
    EXPECT_EQ(format_latency(6000000, kEn), "6,000\u00a0s");
    EXPECT_EQ(format_energy(45200, kFr), "45,2\u00a0mJ");
    EXPECT_EQ(format_frequency(120e6, kEn), "120\u00a0MHz");
}

TEST(Format, ShowsSmallErrorsInScientificNotation) {
    EXPECT_EQ(format_small(0, kEn), "0");
    EXPECT_EQ(format_small(3.1e-8, kEn), "3.10e-08");
    EXPECT_EQ(format_small(0.0123456, kEn), "0.01235");
    EXPECT_EQ(format_percent(0.8345, kFr), "83,5\u00a0%");
}

TEST(CleanText, ReplacesControlsAndIllFormedBytes) {
    EXPECT_EQ(clean_text("a\x1b[31mb"), "a\ufffd[31mb");
    EXPECT_EQ(clean_text("line\nfeed"), "line\ufffdfeed");
    EXPECT_EQ(clean_text("\xc3(\xff"), "\ufffd(\ufffd");
    EXPECT_EQ(clean_text("\xc0\xaf"), "\ufffd\ufffd");            // overlong
    EXPECT_EQ(clean_text("\xed\xa0\x80"), "\ufffd\ufffd\ufffd");  // surrogate
    EXPECT_EQ(clean_text("a\u202eb"),
              "a\ufffd"
              "b");                                     // right-to-left override
    EXPECT_EQ(clean_text("\xe2\x82"), "\ufffd\ufffd");  // cut short
    EXPECT_EQ(clean_text("café 模型 😀"), "café 模型 😀");
}

TEST(CutToWidth, CountsCodePoints) {
    EXPECT_EQ(display_width("été"), 3u);
    EXPECT_EQ(cut_to_width("été", 3), "été");
    EXPECT_EQ(cut_to_width("éclair", 3), "éc…");
    EXPECT_EQ(cut_to_width("abc", 1), "…");
    EXPECT_EQ(cut_to_width("abc", 0), "");
}

TEST(TextBar, DrawsEighths) {
    EXPECT_EQ(text_bar(0, 4), "");
    EXPECT_EQ(text_bar(1e-9, 4), "▏");
    EXPECT_EQ(text_bar(0.5, 4), "██");
    EXPECT_EQ(text_bar(0.5625, 2), "█▏");
    EXPECT_EQ(text_bar(7, 4), "████");
}

}  // namespace
}  // namespace embark
