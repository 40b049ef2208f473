#include "emk/resize.h"

/* One output pixel; `row` and `column` are its numbers. */
static void resample(const emk_resize_f32_args *op, const float *in, int32_t row, int32_t column,
                     float *out) {
    const int32_t *rows = op->rows + row * op->row_taps;
    const int32_t *columns = op->columns + column * op->column_taps;
    const float *row_weights = op->row_weights + row * op->row_taps;
    const float *column_weights = op->column_weights + column * op->column_taps;
    for (int32_t c = 0; c < op->channels; ++c) {
        float sum = 0.0f;
        if (rows[0] < 0 || columns[0] < 0) {
            out[c] = op->outside;
            continue;
        }
        for (int32_t i = 0; i < op->row_taps; ++i) {
            const float *line = in + rows[i] * op->in_w * op->channels + c;
            float part = 0.0f;
            for (int32_t j = 0; j < op->column_taps; ++j) {
                part += column_weights[j] * line[columns[j] * op->channels];
            }
            sum += row_weights[i] * part;
        }
        out[c] = sum;
    }
}

void emk_resize_f32(const emk_resize_f32_args *op, const float *in, float *out) {
    for (int32_t n = 0; n < op->batch; ++n) {
        for (int32_t y = 0; y < op->out_h; ++y) {
            for (int32_t x = 0; x < op->out_w; ++x) {
                resample(op, in, y, x, out);
                out += op->channels;
            }
        }
        in += op->in_h * op->in_w * op->channels;
    }
}
