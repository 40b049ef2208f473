#include "report/schema_fields.h"

namespace embark {
namespace {

using enum ValueType;

constexpr std::string_view kKindWords = "flash|ram";

constexpr Field kModelFields[] = {
    {"name", kString, 0, "", "the network's name"},
    {"file", kString, 0, "", "as given on the command line"},
    {"format", kString, 0, "", "\"Keras HDF5\" …"},
    {"framework", kString, 0, "", "\"Keras 3.15.1\"; empty when the file does not tell"},
    {"file_bytes", kCount, 0, "B", "size of the file"},
    {"weights_file_bytes", kCount, 0, "B", "of the file that hold weights"},
    {"optimizer_bytes", kCount, 0, "B", "of the file that hold the optimiser's state"},
    {"other_bytes", kCount, 0, "B", "the rest of the file: structure, names, padding"},
    {"optimizer", kString, 0, "", "\"Adam\"; empty when there is none"},
    {"loss", kString, 0, "", "\"categorical_crossentropy\"; empty when unknown"},
    {"hash", kString, kOptional, "", "FNV-1a of the file, 16 hexadecimal digits"},
};
constexpr Record kModel{"model", "The network's file.", kModelFields};

constexpr Field kTensorFields[] = {
    {"name", kString, 0, "", "the tensor's name"},
    {"type", kString, 0, "", "\"float32\", \"int8\" …"},
    {"shape", kCounts, 0, "", "extents, outermost first, the batch included"},
    {"bytes", kCount, kOptional, "B", "size of its data"},
    {"file", kString, kOptional | kNullable, "", "`run`: where the raw bytes are from or went to"},
    {"values", kNumbers, kOptional, "", "`run`: the first elements, as real numbers"},
};
constexpr Record kTensor{"tensor", "An input or output of the network.", kTensorFields};

constexpr Field kLayerFields[] = {
    {"id", kCount, 0, "", "position in the order of execution"},
    {"name", kString, 0, "", "unique; after the layer in the source file"},
    {"type", kString, 0, "", "embark's operator: \"conv2d\""},
    {"source_type", kString, 0, "", "the file's own word: \"Conv2D\""},
    {"shape", kCounts, 0, "", "of the output, the batch included"},
    {"parameters", kCount, 0, "", "as stored"},
    {"weights_bytes", kCount, 0, "B", "of its constants as stored on the target"},
    {"macc", kCount, 0, "", "multiply-accumulates and equivalents"},
    {"macc_percent", kPercent, 0, "%", "of the network's"},
    {"inputs", kStrings, 0, "", "names of the layers or inputs that it reads"},
    {"kernel", kString, kNullable, "", "the kernel that computes it; null before planning"},
    {"step", kCount, kNullable, "", "index into `steps`; several layers may share one"},
    {"cycles", kPositive, kNullable, "cycles", "null where it is part of another layer's kernel"},
};
constexpr Record kLayer{"layer", "A layer of the network, after decomposition.", kLayerFields};

constexpr Field kTypeFields[] = {
    {"type", kString, 0, "", "operator and data type: \"conv2d_f32\""},
    {"layers", kCount, kOptional, "", "how many"},
    {"macc", kCount, 0, "", "their sum"},
    {"macc_percent", kPercent, 0, "%", "of the network's"},
};
constexpr Record kMaccType{"macc_type", "The work of all layers of one type.", kTypeFields};

constexpr Field kTrainingFields[] = {
    {"name", kString, 0, "", "the layer's name"},
    {"source_type", kString, 0, "", "\"SpatialDropout2D\""},
    {"rate", kFraction, 0, "", "share of values that it drops"},
    {"after", kString, 0, "", "layer on whose output it acts; empty at the input"},
};
constexpr Record kTraining{"training_layer", "A layer that acts in training only.",
                           kTrainingFields};

constexpr Field kFlashSectionFields[] = {
    {"name", kWord, 0, "", "which section", nullptr, "text|rodata|weights|data|vectors"},
    {"bytes", kCount, 0, "B", "its size"},
};
constexpr Record kFlashSection{"flash_section", "A part of the firmware's flash.",
                               kFlashSectionFields};

constexpr Field kRamSectionFields[] = {
    {"name", kWord, 0, "", "which section", nullptr, "data|bss|arena|stack"},
    {"bytes", kCount, 0, "B", "its size"},
};
constexpr Record kRamSection{"ram_section", "A part of the firmware's RAM.", kRamSectionFields};

constexpr Field kRegionFields[] = {
    {"name", kString, 0, "", "the region's name in the board's file"},
    {"kind", kWord, 0, "", "what it is", nullptr, kKindWords},
    {"origin", kCount, 0, "address", "its first byte"},
    {"bytes", kCount, 0, "B", "its size"},
    {"used", kCount, 0, "B", "what the firmware needs of it"},
    {"margin", kInteger, 0, "B", "bytes - used; negative when it does not fit"},
};
constexpr Record kRegion{"region", "What the firmware takes of a memory region.", kRegionFields};

constexpr Field kCandidateFields[] = {
    {"kernel", kString, 0, "", "C function"},
    {"scratch_bytes", kCount, 0, "B", "RAM beyond inputs and output"},
    {"row_by_row", kBool, 0, "", "whether it is called once per row"},
    {"cycles", kPositive, 0, "cycles", "of one inference, modelled"},
    {"verdict", kString, 0, "", "\"chosen\", or what spoke against it"},
};
constexpr Record kCandidate{"candidate", "A way to run a step that the planner looked at.",
                            kCandidateFields};

constexpr Field kStepFields[] = {
    {"name", kString, 0, "", "as in the generated code and in the profile"},
    {"nodes", kStrings, 0, "", "names of the layers that it computes"},
    {"kernel", kString, 0, "", "\"emk_conv2d_f32\" …"},
    {"scratch_bytes", kCount, 0, "B", "working memory beside its tensors"},
    {"row_by_row", kBool, kOptional, "", "whether it is called once per row"},
    {"weights_in_ram", kBool, kOptional, "", "whether its weights are copied to RAM at the start"},
    {"cycles", kPositive, kNullable, "cycles", "of one inference"},
    {"candidates", kRecords, kOptional, "", "fastest first; empty without a board", &kCandidate},
};
constexpr Record kStep{"step", "A call of a kernel in the generated code.", kStepFields};

constexpr Field kArenaFields[] = {
    {"tensor", kString, 0, "", "its name"},
    {"offset", kCount, 0, "B", "from the arena's start"},
    {"bytes", kCount, 0, "B", "its size"},
    {"first_step", kCount, 0, "", "step that makes it (0 for an input)"},
    {"last_step", kCount, 0, "", "last step that reads it"},
};
constexpr Record kArena{"arena_block", "A tensor's place in the arena and its life.", kArenaFields};

constexpr Field kMemoryFields[] = {
    {"name", kString, 0, "", "\"flash\", \"sram\""},
    {"kind", kWord, 0, "", "what it is", nullptr, kKindWords},
    {"origin", kCount, 0, "address", "its first byte"},
    {"bytes", kCount, 0, "B", "its size"},
    {"source", kString, kOptional, "", "document that says so; empty when unsourced"},
};
constexpr Record kMemory{"memory", "A memory region of a board.", kMemoryFields};

constexpr Field kBoardFields[] = {
    {"id", kString, 0, "", "folder name: \"stm32l4r9i-disco\""},
    {"name", kString, 0, "", "\"32L4R9IDISCOVERY\""},
    {"mcu", kString, 0, "", "\"STM32L4R9AII6\""},
    {"vendor", kString, kOptional, "", "who makes it"},
    {"core", kString, 0, "", "\"cortex-m4\""},
    {"fpu", kWord, 0, "", "floating-point unit: empty, single or double precision", nullptr,
     "|sp|dp"},
    {"dsp", kBool, kOptional, "", "has the DSP instructions"},
    {"clock_hz", kCount, 0, "Hz", "clock of the core"},
    {"flash_bytes", kCount, 0, "B", "all flash"},
    {"ram_bytes", kCount, 0, "B", "all RAM"},
    {"flash_wait_states", kCount, kOptional | kNullable, "cycles", "at this clock"},
    {"microamps_per_mhz", kPositive, kOptional | kNullable, "µA/MHz", "run mode"},
    {"supply_volts", kPositive, kOptional | kNullable, "V", "supply for which that holds"},
    {"price_class", kString, kOptional, "", "\"$\" … \"$$$$\""},
    {"console_uart", kString, kOptional, "", "\"USART2\""},
    {"console_baud", kCount, kOptional, "baud", "its speed"},
    {"memory", kRecords, 0, "", "its regions", &kMemory},
    {"unsourced", kStrings, kOptional, "", "keys of figures without a source"},
};
constexpr Record kBoard{"board", "The board, from its data file.", kBoardFields};

constexpr Field kDataFields[] = {
    {"file", kString, 0, "", "as given on the command line"},
    {"count", kCount, 0, "", "images used"},
};
constexpr Record kData{"data", "The data set.", kDataFields};

constexpr Field kSensitivityFields[] = {
    {"layer", kString, 0, "", "its name"},
    {"bits", kCount, 0, "", "of each weight, the other layers at 8"},
    {"weights", kCount, 0, "", "how many it has"},
    {"error", kPositive, 0, "", "squared error of the scores beyond int8's, by their spread"},
};
constexpr Record kSensitivity{"sensitivity", "What a layer costs at fewer bits.",
                              kSensitivityFields};

constexpr Field kFrontFields[] = {
    {"weights_bytes", kCount, 0, "B", "of the layers in `sensitivity`"},
    {"flash_bytes", kCount, 0, "B", "predicted, the whole firmware"},
    {"error", kPositive, 0, "", "sum of the layers' sensitivities"},
    {"accuracy", kFraction, kNullable, "", "measured; null where it was not"},
    {"chosen", kBool, 0, "", "whether this one was taken"},
};
constexpr Record kFront{"front", "A choice of bits that no other beats in flash and error.",
                        kFrontFields};

constexpr Field kCompressionFields[] = {
    {"images", kCount, 0, "", "on which accuracies were measured"},
    {"labelled", kBool, 0, "", "accuracies; else shares of images with the same class as before"},
    {"held_out", kBool, 0, "", "calibration has not seen these images"},
    {"accuracy_before", kFraction, 0, "", "of the float network"},
    {"accuracy_after", kFraction, 0, "", "of the chosen one"},
    {"sensitivity", kRecords, 0, "", "by layer and bits; empty at one width", &kSensitivity},
    {"front", kRecords, 0, "", "largest first; the first is plain int8", &kFront},
};
constexpr Record kCompression{"compression_choice", "How the bits of a network were chosen.",
                              kCompressionFields};

#define EMBARK_ENVELOPE                                                     \
    {"schema", kString, 0, "", "\"embark-results/1\""},                     \
        {"command", kString, 0, "", "the command that wrote the document"}, \
        {"embark_version", kString, 0, "", "\"0.1.0\""},                    \
        {"comment", kString, kOptional, "", "free text for people"}, {      \
        "kinds", kKinds, 0, "", "what each figure is; see above"            \
    }

constexpr Field kAnalyzeFields[] = {
    EMBARK_ENVELOPE,
    {"model", kRecord, 0, "", "the file", &kModel},
    {"inputs", kRecords, kOptional, "", "the network's inputs", &kTensor},
    {"outputs", kRecords, kOptional, "", "the network's outputs", &kTensor},
    {"parameters", kCount, 0, "", "as stored, batch normalisation reduced to scale and shift"},
    {"parameters_framework", kCount, 0, "", "as the framework counts them"},
    {"macc", kCount, 0, "", "multiply-accumulates of one inference"},
    {"weights_bytes", kCount, 0, "B", "of all constants as stored on the target"},
    {"arena_bytes", kCount, kNullable | kClaim, "B", "activations and scratch"},
    {"flash_bytes", kCount, kNullable | kClaim, "B", "the whole firmware; null without a board"},
    {"ram_bytes", kCount, kNullable | kClaim, "B", "arena, data, bss, stack; null without a board"},
    {"code_bytes", kCount, kNullable | kClaim, "B", "flash beside the weights"},
    {"stack_bytes", kCount, kNullable | kClaim, "B", "deepest use of the stack"},
    {"cycles", kPositive, kNullable | kClaim, "cycles", "of one inference"},
    {"latency_ms", kPositive, kNullable | kClaim, "ms", "of one inference at the board's clock"},
    {"energy_uj", kPositive, kNullable | kClaim, "µJ", "of one inference"},
    {"fits", kBool, kNullable, "", "whether every region suffices; null without a board"},
    {"accuracy", kFraction, kNullable | kClaim, "", "on `data`; null without"},
    {"loss", kNumber, kNullable | kClaim, "", "mean cross-entropy on `data`; null without"},
    {"data", kRecord, kOptional | kNullable, "", "what accuracy and loss are on", &kData},
    {"objective", kWord, kNullable, "", "what the planner was asked for", nullptr,
     "time|ram|flash|balanced"},
    {"compression", kString, kOptional | kNullable, "", "level; \"none\" for the file's own"},
    {"compression_choice", kRecord, kOptional | kNullable, "", "how it was chosen", &kCompression},
    {"layers", kRecords, 0, "", "in the order of execution", &kLayer},
    {"macc_by_type", kRecords, 0, "", "largest first", &kMaccType},
    {"training_layers", kRecords, 0, "", "recorded, then dropped", &kTraining},
    {"flash_sections", kRecords, 0, "", "sum is `flash_bytes`; empty without a board",
     &kFlashSection},
    {"ram_sections", kRecords, 0, "", "sum is `ram_bytes`; empty without a board", &kRamSection},
    {"regions", kRecords, 0, "", "empty without a board", &kRegion},
    {"steps", kRecords, 0, "", "the plan; may be empty", &kStep},
    {"arena", kRecords, 0, "", "the arena's layout; may be empty", &kArena},
    {"board", kRecord, kNullable, "", "null without one", &kBoard},
    {"suggestions", kStrings, 0, "", "what would help it to fit"},
    {"warnings", kStrings, 0, "", "what a user should know"},
};
constexpr Record kAnalyze{"analyze", "`embark analyze --json`.", kAnalyzeFields};

constexpr Field kOriginalFields[] = {
    {"accuracy", kFraction, kNullable, "", "of the original model, on the same images"},
    {"loss", kNumber, kNullable, "", "of the original model, on the same images"},
};
constexpr Record kOriginal{"original", "The original model, run by the reference arithmetic.",
                           kOriginalFields};

constexpr Field kVectorsFields[] = {
    {"file", kString, 0, "", "outputs that the framework itself gave"},
    {"count", kCount, kOptional, "", "images compared"},
    {"rmse", kPositive, 0, "", "root mean square of the differences"},
    {"max_abs_error", kPositive, 0, "", "largest difference"},
};
constexpr Record kVectors{"reference_vectors", "Comparison with the framework's own outputs.",
                          kVectorsFields};

constexpr Field kTimedFields[] = {
    {"name", kString, 0, "", "of the step"},
    {"cycles", kPositive, 0, "cycles", "mean of one inference"},
};
constexpr Record kTimed{"timed_layer", "What a step takes on the target.", kTimedFields};

constexpr Field kPredictionFields[] = {
    {"index", kCount, 0, "", "of the image in the data"},
    {"label", kInteger, kNullable, "", "true class; null when unknown"},
    {"predicted", kInteger, 0, "", "class with the largest output"},
    {"probability", kNumber, 0, "", "that output"},
};
constexpr Record kPrediction{"prediction", "What the target answered to an image.",
                             kPredictionFields};

constexpr Field kValidateFields[] = {
    EMBARK_ENVELOPE,
    {"target", kString, 0, "", "\"host\", \"virtual:BOARD\", \"serial:PORT\""},
    {"model", kRecord, kOptional, "", "the file", &kModel},
    {"board", kRecord, kOptional | kNullable, "", "null on the host", &kBoard},
    {"data", kRecord, kOptional | kNullable, "", "the images", &kData},
    {"images", kCount, 0, "", "how many were run"},
    {"accuracy", kFraction, kNullable | kClaim, "", "null without labels"},
    {"loss", kNumber, kNullable | kClaim, "", "mean cross-entropy; null without labels"},
    {"agreement", kFraction, kNullable, "", "images with the same class as the original"},
    {"rmse", kPositive, kNullable, "", "against the original's outputs"},
    {"mae", kPositive, kNullable, "", "mean absolute error against them"},
    {"l2r", kPositive, kNullable, "", "L2 norm of the differences over that of the original"},
    {"cosine", kNumber, kNullable, "", "cosine similarity with them"},
    {"max_abs_error", kPositive, kNullable, "", "largest difference from them"},
    {"mean_error", kNumber, kOptional | kNullable, "", "mean of the differences"},
    {"std_error", kPositive, kOptional | kNullable, "", "their standard deviation"},
    {"nse", kNumber, kOptional | kNullable, "", "Nash-Sutcliffe efficiency"},
    {"byte_equal", kBool, kNullable, "", "all outputs equal the host reference's, byte for byte"},
    {"cycles_mean", kPositive, kNullable | kClaim, "cycles", "of one inference; null on the host"},
    {"cycles_min", kPositive, kNullable, "cycles", "the fastest"},
    {"cycles_max", kPositive, kNullable, "cycles", "the slowest"},
    {"latency_ms", kPositive, kNullable | kClaim, "ms", "mean of one inference"},
    {"energy_uj", kPositive, kOptional | kNullable | kClaim, "µJ", "of one inference"},
    {"stack_bytes", kCount, kNullable | kClaim, "B", "high-water mark; null where unknown"},
    {"ram_bytes", kCount, kNullable | kClaim, "B", "static RAM and high-water mark of the stack"},
    {"confusion_matrix", kMatrix, 0, "", "row true class, column predicted; empty without labels"},
    {"class_names", kStrings, 0, "", "empty when unknown"},
    {"layers", kRecords, 0, "", "empty without a profile", &kTimed},
    {"original", kRecord, kNullable, "", "null when not run", &kOriginal},
    {"reference_vectors", kRecord, kNullable, "", "null when there are none", &kVectors},
    {"predictions", kRecords, kOptional, "", "image by image", &kPrediction},
};
constexpr Record kValidate{"validate", "`embark validate --json`.", kValidateFields};

constexpr Field kRunFields[] = {
    EMBARK_ENVELOPE,
    {"target", kString, 0, "", "\"host\", \"virtual:BOARD\", \"serial:PORT\""},
    {"model", kRecord, kOptional, "", "the file", &kModel},
    {"inputs", kRecords, 0, "", "what went in", &kTensor},
    {"outputs", kRecords, 0, "", "what came out", &kTensor},
    {"cycles", kPositive, kNullable | kClaim, "cycles", "of the inference; null on the host"},
    {"latency_ms", kPositive, kNullable | kClaim, "ms", "of the inference"},
};
constexpr Record kRun{"run", "`embark run --json`.", kRunFields};

constexpr Field kFirmwareSectionFields[] = {
    {"name", kWord, 0, "", "which section", nullptr,
     "vectors|text|rodata|weights|data|bss|arena|stack"},
    {"bytes", kCount, 0, "B", "in the ELF file; for the stack, the high-water mark"},
    {"predicted_bytes", kCount, kNullable, "B", "before building; null when not predicted"},
};
constexpr Record kFirmwareSection{"firmware_section", "A section of the firmware as built.",
                                  kFirmwareSectionFields};

constexpr Field kFileFields[] = {
    {"path", kString, 0, "", "relative to `directory`"},
    {"bytes", kCount, 0, "B", "its size"},
};
constexpr Record kFile{"file", "A generated file.", kFileFields};

constexpr Field kFirmwareFields[] = {
    {"file", kString, 0, "", "the ELF file"},
    {"directory", kString, kOptional, "", "of the project"},
    {"toolchain", kString, kOptional, "", "\"arm-none-eabi-gcc 12.2.1\""},
    {"sections", kRecords, 0, "", "measured beside predicted", &kFirmwareSection},
    {"flash_bytes", kCount, 0, "B", "of all sections in flash"},
    {"ram_bytes", kCount, 0, "B", "of all sections in RAM"},
    {"predicted_flash_bytes", kCount, kNullable, "B", "before building"},
    {"predicted_ram_bytes", kCount, kNullable, "B", "before building"},
    {"files", kRecords, kOptional, "", "what was generated", &kFile},
};
constexpr Record kFirmware{"firmware", "The firmware as built.", kFirmwareFields};

constexpr Field kBenchStepFields[] = {
    {"name", kString, 0, "", "of the step"},
    {"kernel", kString, 0, "", "\"emk_conv2d_f32\" …"},
    {"macc", kCount, 0, "", "of its layers"},
    {"cycles", kPositive, 0, "cycles", "counted on the virtual board"},
    {"planned_cycles", kPositive, 0, "cycles", "by the planner's cost model"},
};
constexpr Record kBenchStep{"bench_step", "What a step takes beside what was planned.",
                            kBenchStepFields};

constexpr Field kBenchFields[] = {
    EMBARK_ENVELOPE,
    {"target", kString, 0, "", "\"virtual:BOARD\""},
    {"model", kRecord, 0, "", "the file", &kModel},
    {"board", kRecord, 0, "", "the board", &kBoard},
    {"objective", kString, 0, "", "what the planner was asked for"},
    {"bench_steps", kRecords, 0, "", "in order", &kBenchStep},
    {"macc", kCount, 0, "", "of one inference"},
    {"cycles", kPositive, kClaim, "cycles", "of one inference"},
    {"planned_cycles", kPositive, kClaim, "cycles", "by the planner's cost model"},
    {"latency_ms", kPositive, kClaim, "ms", "of one inference"},
    {"energy_uj", kPositive, kNullable | kClaim, "µJ", "of one inference"},
    {"arena_bytes", kCount, kClaim, "B", "activations and scratch"},
    {"stack_bytes", kCount, kClaim, "B", "high-water mark"},
    {"predicted_stack_bytes", kCount, kClaim, "B", "before building"},
    {"flash_bytes", kCount, kClaim, "B", "of all sections in flash"},
    {"ram_bytes", kCount, kClaim, "B", "of all sections in RAM, and the stack's high-water mark"},
    {"predicted_flash_bytes", kCount, kClaim, "B", "before building"},
    {"predicted_ram_bytes", kCount, kClaim, "B", "before building"},
    {"firmware", kRecord, 0, "", "section by section", &kFirmware},
};
constexpr Record kBench{"bench", "`embark bench --json`.", kBenchFields};

constexpr Field kRankedFields[] = {
    {"id", kString, 0, "", "folder name"},
    {"name", kString, 0, "", "of the board"},
    {"mcu", kString, 0, "", "its microcontroller"},
    {"firmware", kBool, kOptional, "", "whether embark has start-up code for it, not only C"},
    {"fits", kBool, 0, "", "whether every region suffices"},
    {"flash_margin", kInteger, 0, "B", "what is left; negative when it does not fit"},
    {"ram_margin", kInteger, 0, "B", "what is left; negative when it does not fit"},
    {"latency_ms", kPositive, kNullable, "ms", "modelled; null for cores without a model"},
    {"energy_uj", kPositive, kOptional | kNullable, "µJ", "modelled"},
    {"price_class", kString, kOptional, "", "\"$\" … \"$$$$\""},
    {"reasons", kStrings, kOptional, "", "why it does not fit"},
    {"would_fit", kString, kOptional, "", "options with which it would; empty: none known"},
};
constexpr Record kRanked{"ranked_board", "A board as host of the network.", kRankedFields};

constexpr Field kBoardsFields[] = {
    EMBARK_ENVELOPE,
    {"model", kRecord, 0, "", "the file", &kModel},
    {"objective", kString, 0, "", "what the planner was asked for"},
    {"compression", kString, 0, "", "level of the network that is ranked"},
    {"boards", kRecords, 0, "", "all boards, best first", &kRanked},
};
constexpr Record kBoards{"boards", "`embark boards --fits MODEL --json`.", kBoardsFields};

constexpr Field kExampleFields[] = {
    {"label", kString, kNullable, "", "name of the true class; null when unknown"},
    {"predicted", kString, 0, "", "name of the class that the target answered"},
    {"probability", kNumber, kOptional | kNullable, "", "its output"},
    {"png", kPng, 0, "", "the image as a data: URI"},
};
constexpr Record kExample{"example_image", "An image and the target's answer.", kExampleFields};

constexpr Field kStageFields[] = {
    {"name", kString, 0, "", "\"analyze\", \"build\" …"},
    {"seconds", kPositive, 0, "s", "wall time"},
};
constexpr Record kStage{"stage", "How long a part of `deploy` took.", kStageFields};

constexpr Field kDeployFields[] = {
    EMBARK_ENVELOPE,
    {"analyze", kRecord, 0, "", "of the model that is deployed", &kAnalyze},
    {"analyze_original", kRecord, kOptional | kNullable, "",
     "of the model as given, where another was deployed", &kAnalyze},
    {"validate_host", kRecord, kNullable, "", "null when not run", &kValidate},
    {"validate_board", kRecord, kNullable, "", "null when not run", &kValidate},
    {"firmware", kRecord, kNullable, "", "null when not built", &kFirmware},
    {"board", kRecord, kNullable, "", "null without one", &kBoard},
    {"data", kRecord, kNullable, "", "null without", &kData},
    {"boards", kRecords, kOptional, "", "all boards, best first", &kRanked},
    {"example_images", kRecords, kOptional, "", "a few images with answers", &kExample},
    {"stages", kRecords, kOptional, "", "what was run, in order", &kStage},
};
constexpr Record kDeploy{"deploy", "`results.json` of `embark deploy`.", kDeployFields};

constexpr Field kSourceOperatorFields[] = {
    {"name", kString, 0, "", "as the format calls it: \"Conv2D\""},
    {"becomes", kStrings, 0, "",
     "embark's operators, the main one first; empty: computed on import, or nothing is left"},
    {"types", kStrings, 0, "", "in which the main one runs"},
};
constexpr Record kSourceOperator{"source_operator", "An operator or layer of a format.",
                                 kSourceOperatorFields};

constexpr Field kFormatFields[] = {
    {"format", kString, 0, "", "\"keras\", \"onnx\", \"tflite\""},
    {"name", kString, 0, "", "for people: \"ONNX (.onnx)\""},
    {"operators", kRecords, 0, "", "that are read, by name", &kSourceOperator},
};
constexpr Record kFormat{"format", "A format of network files.", kFormatFields};

constexpr Field kOperatorTypeFields[] = {
    {"type", kString, 0, "", "of the activations: \"float32\", \"int8 q\" (quantised) …"},
    {"kernel", kString, kNullable, "", "C function; null where no code has to run"},
    {"tuned", kBool, 0, "", "a kernel made for this operator and type; else the portable one"},
    {"isa", kString, 0, "", "what the tuned kernel needs; empty: any core"},
};
constexpr Record kOperatorType{"operator_type", "A type in which an operator runs.",
                               kOperatorTypeFields};

constexpr Field kOperatorFields[] = {
    {"name", kString, 0, "", "embark's own: \"conv2d\""},
    {"types", kRecords, 0, "", "in which it runs on the target", &kOperatorType},
};
constexpr Record kOperator{"operator", "An operator of embark.", kOperatorFields};

constexpr Field kSupportedOpsFields[] = {
    EMBARK_ENVELOPE,
    {"target", kString, 0, "", "\"host\" or a board"},
    {"types", kStrings, 0, "", "all types that are tried out"},
    {"formats", kRecords, 0, "", "those that were asked for", &kFormat},
    {"operators", kRecords, 0, "", "embark's own; empty unless asked for", &kOperator},
};
constexpr Record kSupportedOps{"supported-ops", "`embark supported-ops --json`.",
                               kSupportedOpsFields};

#undef EMBARK_ENVELOPE

constexpr const Record *kDocuments[] = {&kAnalyze, &kValidate, &kRun,         &kBench,
                                        &kBoards,  &kDeploy,   &kSupportedOps};
constexpr const Record *kRecordsInside[] = {
    &kModel,        &kTensor,      &kLayer,           &kMaccType, &kTraining,
    &kFlashSection, &kRamSection,  &kRegion,          &kStep,     &kCandidate,
    &kArena,        &kCompression, &kSensitivity,     &kFront,    &kBoard,
    &kMemory,       &kData,        &kOriginal,        &kVectors,  &kTimed,
    &kPrediction,   &kFirmware,    &kFirmwareSection, &kFile,     &kRanked,
    &kExample,      &kStage,       &kBenchStep,       &kFormat,   &kSourceOperator,
    &kOperator,     &kOperatorType};

}  // namespace

std::span<const Record *const> all_documents() {
    return kDocuments;
}

std::span<const Record *const> all_records() {
    return kRecordsInside;
}

}  // namespace embark
