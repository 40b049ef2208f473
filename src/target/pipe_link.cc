#include "target/pipe_link.h"

namespace embark {

Expected<std::unique_ptr<PipeLink>> PipeLink::open(const std::vector<std::string> &argv,
                                                   const ProcessOptions &options) {
    EMBARK_ASSIGN(Process process, Process::spawn(argv, options));
    return std::unique_ptr<PipeLink>(new PipeLink(std::move(process), "host:" + argv[0]));
}

Expected<size_t> PipeLink::read(std::span<uint8_t> buffer, std::chrono::milliseconds timeout) {
    return process_.read(buffer, timeout);
}

Status PipeLink::write(std::span<const uint8_t> bytes) {
    return process_.write(bytes);
}

}  // namespace embark
