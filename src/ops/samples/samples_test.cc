#include "ops/samples/samples.h"

#include <gtest/gtest.h>

#include <set>

namespace embark {
namespace {

TEST(Samples, EveryOperatorHasOneThatWorksInSomeType) {
    std::set<std::string_view> working;
    for (const OpSample &sample : op_samples()) {
        ASSERT_NE(find_op(sample.op), nullptr) << sample.op;
        for (const SampleType &type : sample_types()) {
            if (supports(sample, type)) working.insert(sample.op);
        }
    }
    for (const OpDefinition &op : all_ops()) EXPECT_TRUE(working.contains(op.name)) << op.name;
}

TEST(Samples, AreTheSameEveryTime) {
    for (const OpSample &sample : op_samples()) {
        const auto one = sample_graph(sample, sample_types()[0]);
        if (!one.ok()) continue;
        EXPECT_EQ(sample_inputs(*one), sample_inputs(*sample_graph(sample, sample_types()[0])));
    }
}

}  // namespace
}  // namespace embark
