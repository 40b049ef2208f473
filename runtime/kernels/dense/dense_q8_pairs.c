#include "../dense/dense_q8_pairs.h"

#include "../clamp_q8.h"
#include "emk/dsp.h"

enum { BLOCK_OUTPUTS = 8, STEP_INPUTS = 8 };

static void store_pair(emk_dense_run *run, int32_t low, int32_t code, int32_t outputs) {
    const int32_t sums[2] = {low, (int32_t)((uint32_t)code - (uint32_t)low) >> 8};
    for (int32_t i = 0; i < outputs; ++i) {
        *run->out++ =
            (int8_t)emk_rescale_s8(2 * sums[i], run->factor[0], run->factor[1], run->factor[2]);
        run->factor += run->factor_words;
    }
}

#if !defined(__ARM_FEATURE_DSP)

/* Adds two products with the halves of a word of codes, and with their low bytes. */
static void add_codes(int32_t *low, int32_t *code, int32_t word, int32_t x0, int32_t x1) {
    const uint32_t bits = (uint32_t)word;
    const int32_t first = (int16_t)(bits & 0xFFFFu), second = (int16_t)(bits >> 16);
    const int32_t low_first = (int8_t)(bits & 0xFFu), low_second = (int8_t)(bits >> 16 & 0xFFu);
    *code = (int32_t)((uint32_t)*code + (uint32_t)(first * x0) + (uint32_t)(second * x1));
    *low = (int32_t)((uint32_t)*low + (uint32_t)(low_first * x0) + (uint32_t)(low_second * x1));
}

static const int32_t *add_inputs(const int8_t *in, const int8_t *in_end, const int32_t *stream,
                                 int32_t *sums, int32_t pairs) {
    for (; in < in_end; in += 4) {
        for (int32_t odd = 0; odd < 2; ++odd) {
            for (int32_t i = 0; i < pairs; ++i) {
                add_codes(&sums[i], &sums[pairs + i], *stream++, in[odd], in[odd + 2]);
            }
        }
    }
    return stream;
}

const int32_t *emk_dense_q8_pair(const int8_t *in, const int8_t *in_end, const int32_t *stream,
                                 int32_t sums[2]) {
    return add_inputs(in, in_end, stream, sums, 1);
}

void emk_dense_q8_blocks(emk_dense_run *run, int32_t blocks) {
    for (; blocks > 0; --blocks) {
        int32_t sums[BLOCK_OUTPUTS];
        for (int32_t i = 0; i < BLOCK_OUTPUTS; ++i) sums[i] = *run->stream++;
        run->stream = add_inputs(run->in, run->in_end, run->stream, sums, 4);
        if (run->rest_end != run->in_end) {
            run->stream = add_inputs(run->rest, run->rest_end, run->stream, sums, 4);
        }
        for (int32_t i = 0; i < 4; ++i) store_pair(run, sums[i], sums[4 + i], 2);
    }
}

#endif

static void make_pair(emk_dense_run *run, int32_t outputs) {
    int32_t sums[2] = {run->stream[0], run->stream[1]};
    run->stream = emk_dense_q8_pair(run->in, run->in_end, run->stream + 2, sums);
    if (run->rest_end != run->in_end) {
        run->stream = emk_dense_q8_pair(run->rest, run->rest_end, run->stream, sums);
    }
    store_pair(run, sums[0], sums[1], outputs);
}

static void dense_row(const emk_dense_q8_pairs_args *op, const int8_t *in, int8_t *out) {
    const int32_t whole = op->in_c - op->in_c % STEP_INPUTS;
    int8_t rest[STEP_INPUTS] = {0, 0, 0, 0, 0, 0, 0, 0};
    emk_dense_run run = {in,         in + whole,  in + whole,       in + whole,
                         op->stream, op->factors, op->factor_words, out};
    int32_t outputs = op->out_c;
    if (whole < op->in_c) {
        for (int32_t i = whole; i < op->in_c; ++i) rest[i - whole] = in[i];
        run.rest = rest;
        run.rest_end = rest + STEP_INPUTS;
        if (whole == 0) {
            run.in = run.rest;
            run.in_end = run.rest_end;
        }
    }
    if (outputs >= BLOCK_OUTPUTS) emk_dense_q8_blocks(&run, outputs / BLOCK_OUTPUTS);
    for (outputs %= BLOCK_OUTPUTS; outputs > 0; outputs -= 2) {
        make_pair(&run, outputs < 2 ? outputs : 2);
    }
}

void emk_dense_q8_pairs(const emk_dense_q8_pairs_args *op, const int8_t *in, int8_t *out,
                        int32_t y0, int32_t y1) {
    for (int32_t y = y0; y < y1; ++y) {
        dense_row(op, in + y * op->in_c, out + y * op->out_c);
        emk_clamp_q8(out + y * op->out_c, op->out_c, op->low, op->high);
    }
}
