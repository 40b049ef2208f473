/* What generated code calls around its steps (emk/model.h), and the measured run. */
#include "emk/port.h"
#include "emk_frame.h"

uint32_t emk_measured_run(void) {
    const emk_model *model = emk_link.model;
    uint32_t start;
    uint32_t i;
    if (model->step_cycles) {
        for (i = 0; i < model->step_count; i++) model->step_cycles[i] = 0;
    }
    emk_link.paused = 0;
    start = emk_port_cycles();
    model->run();
    return emk_port_cycles() - start - emk_link.paused;
}

void emk_step_begin(uint32_t step) {
    (void)step;
    emk_link.step_start = emk_port_cycles();
}

void emk_step_end(uint32_t step) {
    const uint32_t cycles = emk_port_cycles() - emk_link.step_start;
    /* The steps of a streamed chain come once per row, so their cycles add up. */
    if (emk_link.model && emk_link.model->step_cycles) emk_link.model->step_cycles[step] += cycles;
}

void emk_trace(uint32_t step, const char *tensor_name, const void *data, uint32_t bytes) {
    const uint32_t start = emk_port_cycles();
    uint32_t elapsed;
    if (!emk_link.tracing) return;
    emk_link.counted = emk_link.sent_from = emk_link.sent_until = 0;
    emk_link.counting = 1;
    emk_send_string(tensor_name);
    emk_link.counting = 0;
    emk_frame_begin(EMK_FRAME_TRACE, 4u + emk_link.counted + bytes);
    emk_send_u32(step);
    emk_send_string(tensor_name);
    emk_send_bytes(data, bytes);
    emk_frame_end();
    elapsed = emk_port_cycles() - start;
    emk_link.paused += elapsed;
    emk_link.step_start += elapsed;
}
