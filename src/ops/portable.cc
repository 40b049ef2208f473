#include "ops/portable.h"

#include <emk/kernels.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>

#include "ops/operands.h"

namespace embark {

namespace {

/// Adapts a C function `void f(const Args *, T *…)` to untyped pointers.
template <auto function>
struct Adapter;

template <typename Args, typename... T, void (*function)(const Args *, T *...)>
struct Adapter<function> {
    static constexpr size_t kArgumentBytes = sizeof(Args);
    static constexpr size_t kPointerCount = sizeof...(T);
    static void call(const void *arguments, std::span<void *const> pointers) {
        call_with(arguments, pointers, std::index_sequence_for<T...>{});
    }

  private:
    template <size_t... i>
    static void call_with(const void *arguments, std::span<void *const> pointers,
                          std::index_sequence<i...>) {
        function(static_cast<const Args *>(arguments), static_cast<T *>(pointers[i])...);
    }
};

constexpr PortableKernel kKernels[] = {
#define PORTABLE(function, arguments, header, source) \
    {#function,                                       \
     #arguments,                                      \
     header,                                          \
     source,                                          \
     Adapter<function>::kArgumentBytes,               \
     Adapter<function>::kPointerCount,                \
     Adapter<function>::call},
#include "ops/portable.def"
};

/// Lays fields out as a C compiler does on this machine.
class StructImage {
  public:
    StructImage(const PortableCall &call, void *scratch) : call_(call), scratch_(scratch) {
        append(call.fields);
        align(alignment_);
    }
    size_t size() const { return bytes_.size(); }
    /// Suitably aligned for any structure of words and pointers.
    std::vector<uint64_t> words() const {
        std::vector<uint64_t> words((bytes_.size() + 7) / 8);
        if (!bytes_.empty()) std::memcpy(words.data(), bytes_.data(), bytes_.size());
        return words;
    }

  private:
    static size_t alignment_of(const std::vector<Field> &fields) {
        size_t most = 1;
        for (const Field &field : fields) {
            if (field.kind == Field::Kind::kStruct) {
                most = std::max(most, alignment_of(field.fields));
            } else {
                most = std::max(most, is_pointer(field) ? alignof(void *) : alignof(int32_t));
            }
        }
        return most;
    }
    static bool is_pointer(const Field &field) {
        return field.kind == Field::Kind::kTable || field.kind == Field::Kind::kScratch;
    }
    void align(size_t alignment) {
        alignment_ = std::max(alignment_, alignment);
        bytes_.resize((bytes_.size() + alignment - 1) / alignment * alignment);
    }
    template <typename T>
    void put(T value) {
        align(alignof(T));
        const auto *raw = reinterpret_cast<const uint8_t *>(&value);
        bytes_.insert(bytes_.end(), raw, raw + sizeof value);
    }
    const void *table(const std::string &name) const {
        if (name.empty()) return nullptr;
        const auto found = std::find_if(call_.tables.begin(), call_.tables.end(),
                                        [&](const PortableTable &t) { return t.name == name; });
        EMBARK_ASSERT(found != call_.tables.end());
        return found->bytes.data();
    }
    void append(const std::vector<Field> &fields) {
        for (const Field &field : fields) {
            switch (field.kind) {
                case Field::Kind::kInt:
                case Field::Kind::kInts:
                    for (const int64_t value : field.ints) put(static_cast<int32_t>(value));
                    break;
                case Field::Kind::kFloat:
                case Field::Kind::kFloats:
                    for (const float value : field.floats) put(value);
                    break;
                case Field::Kind::kTable:
                    put(table(field.table));
                    break;
                case Field::Kind::kScratch:
                    put(static_cast<const void *>(scratch_));
                    break;
                case Field::Kind::kStruct:
                    align(alignment_of(field.fields));
                    append(field.fields);
                    align(alignment_of(field.fields));
                    break;
            }
        }
    }

    const PortableCall &call_;
    void *scratch_;
    Bytes bytes_;
    size_t alignment_ = 1;
};

}  // namespace

Field int_of(std::string name, int64_t value) {
    return {std::move(name), Field::Kind::kInt, {value}};
}

Field float_of(std::string name, float value) {
    return {std::move(name), Field::Kind::kFloat, {}, {value}};
}

Field ints_of(std::string name, std::vector<int64_t> values) {
    return {std::move(name), Field::Kind::kInts, std::move(values)};
}

Field floats_of(std::string name, std::vector<float> values) {
    return {std::move(name), Field::Kind::kFloats, {}, std::move(values)};
}

Field table_of(std::string name, std::string table) {
    return {std::move(name), Field::Kind::kTable, {}, {}, std::move(table)};
}

Field scratch_of(std::string name, std::string type) {
    return {std::move(name), Field::Kind::kScratch, {}, {}, std::move(type)};
}

std::span<const PortableKernel> portable_kernels() {
    return kKernels;
}

const PortableKernel *find_portable_kernel(std::string_view function) {
    for (const PortableKernel &kernel : kKernels) {
        if (kernel.function == function) return &kernel;
    }
    return nullptr;
}

void run_portable(const PortableCall &call, std::span<const ConstTensorView> inputs,
                  std::span<const TensorView> outputs) {
    const PortableKernel *kernel = find_portable_kernel(call.function);
    EMBARK_ASSERT(kernel != nullptr);
    std::vector<uint64_t> scratch(static_cast<size_t>(call.scratch_bytes + 7) / 8);
    const StructImage image(call, scratch.data());
    EMBARK_ASSERT(image.size() == kernel->argument_bytes);
    std::vector<void *> pointers;
    for (const int input : call.inputs) {
        const uint8_t *data =
            input == PortableCall::kNull ? nullptr : inputs[static_cast<size_t>(input)].data;
        // The adapter gives inputs back their const.
        pointers.push_back(const_cast<uint8_t *>(data));
    }
    for (const TensorView &output : outputs) pointers.push_back(output.data);
    EMBARK_ASSERT(pointers.size() == kernel->pointer_count);
    const std::vector<uint64_t> words = image.words();
    kernel->call(words.data(), pointers);
}

Status evaluate_portable(const Node &node, std::span<const ConstTensorView> inputs,
                         std::span<const TensorView> outputs) {
    std::vector<const TensorType *> input_types;
    std::vector<TensorType> output_types;
    for (const ConstTensorView &input : inputs) input_types.push_back(input.type);
    for (const TensorView &output : outputs) output_types.push_back(*output.type);
    EMBARK_ASSIGN(const PortableCall call, op_of(node).portable(node, input_types, output_types));
    run_portable(call, inputs, outputs);
    return Ok{};
}

Expected<PortableCall> portable_call(const Graph &graph, const Node &node) {
    const OpDefinition &op = op_of(node);
    std::vector<const TensorType *> inputs;
    std::vector<TensorType> outputs;
    for (const TensorId id : node.inputs) {
        inputs.push_back(id == kNoTensor ? nullptr : &graph.tensor(id).type);
    }
    for (const TensorId id : node.outputs) outputs.push_back(graph.tensor(id).type);
    if (op.portable == nullptr) return unsupported_type(node, outputs.front().type);
    return op.portable(node, inputs, outputs);
}

}  // namespace embark
