/* What the kernels emk_depthwise_q8_3x3… share: packing of planes and the walk over the map. The
 * tiles are in depthwise_q8_3x3[_s2].S, and in C for other cores.
 *
 * Planes lie as [columns][4 channels][SLOTS]: a slot holds a pair of rows, the next slot the two
 * rows below. */
#ifndef EMK_KERNELS_DEPTHWISE_Q8_3X3_H
#define EMK_KERNELS_DEPTHWISE_Q8_3X3_H

#include "emk/depthwise_q8.h"

#include "../clamp_q8.h"
#include "emk/dsp.h"

/* Each kernel gets a walk of its own, which calls its tiles directly. */
#define EMK_INLINE static inline __attribute__((always_inline))

enum { EMK_SLOTS = 8, EMK_LANES = 4 };

/* Four channels of some output rows, made in pairs of rows. */
typedef struct emk_tile_run {
    int32_t columns;   /* of the output */
    int32_t column;    /* bytes from one output to the next in its row */
    int32_t row;       /* bytes from one output row to the next */
    int32_t last_row;  /* the same for the last pair; 0: only the first of its rows is made */
    int32_t row_pairs; /* at least 1 */
} emk_tile_run;

/* Makes the tiles of four channels from their planes and records. */
typedef void emk_tiles(const emk_tile_run *run, const int32_t *planes, const int32_t *records,
                       int8_t *out);

/* How rows are packed. */
typedef struct emk_pack {
    int32_t a_step, b_step; /* bytes from pixel to pixel */
    int32_t offset;         /* -in_zero in both halves */
    int32_t columns;        /* at least 1 */
    int32_t slot_step;      /* bytes from a slot's rows to those of the next */
} emk_pack;

/* Packs the rows a and b of four channels into a slot, and those below into the next ones. */
#if defined(__ARM_FEATURE_DSP)
/* depthwise_q8_pack.S */
void emk_depthwise_q8_pack(const emk_pack *pack, int32_t *planes, const int8_t *a, const int8_t *b,
                           int32_t slots);
#else
static void emk_depthwise_q8_pack(const emk_pack *pack, int32_t *planes, const int8_t *a,
                                  const int8_t *b, int32_t slots) {
    const int32_t offset = emk_low_half((uint32_t)pack->offset);
    for (int32_t i = 0; i < slots * pack->columns * EMK_LANES; ++i) {
        const int32_t slot = i / (pack->columns * EMK_LANES);
        const int32_t x = i / EMK_LANES % pack->columns, lane = i % EMK_LANES;
        const int32_t from = slot * pack->slot_step + lane;
        const int32_t first = a[from + x * pack->a_step] + offset;
        const int32_t second = b[from + x * pack->b_step] + offset;
        planes[(x * EMK_LANES + lane) * EMK_SLOTS + slot] = (int32_t)emk_halves(first, second);
    }
}

typedef int8_t emk_tile_output(int32_t sum, const int32_t *record);

static int8_t emk_exact_output(int32_t sum, const int32_t *record) {
    return (int8_t)emk_rescale_s8(sum, record[7], record[8], record[9]);
}
static int8_t emk_fast_output(int32_t sum, const int32_t *record) {
    const int32_t scaled = (int32_t)((int64_t)sum * record[7] >> 32) + record[8];
    return (int8_t)emk_saturate_s8(scaled >> EMK_DEPTHWISE_SHIFT);
}

/* One output of a window at its first column and slot. */
typedef int32_t emk_window_sum(const int32_t *at, const int32_t *record);

/* Tiles output by output: `upper` and `lower` sum the windows of a pair's rows, `columns` and
 * `slots` are the planes' per output column and pair of rows. */
static void emk_make_tiles(const emk_tile_run *run, const int32_t *planes, const int32_t *records,
                           int8_t *out, emk_window_sum *upper, emk_window_sum *lower,
                           emk_tile_output *output, int32_t columns, int32_t slots) {
    for (int32_t lane = 0; lane < EMK_LANES; ++lane) {
        const int32_t *record = records + lane * EMK_DEPTHWISE_RECORD_WORDS;
        for (int32_t pair = 0; pair < run->row_pairs; ++pair) {
            const int32_t *at = planes + lane * EMK_SLOTS + pair * slots;
            int8_t *to = out + lane + pair * 2 * run->row;
            const int32_t row = pair + 1 < run->row_pairs ? run->row : run->last_row;
            for (int32_t x = 0; x < run->columns; ++x, to += run->column) {
                if (row > 0) {
                    to[row] = output(lower(at, record), record);
                }
                *to = output(upper(at, record), record);
                at += columns * EMK_LANES * EMK_SLOTS;
            }
        }
    }
}
#endif

/* Where the walk is: the first of four channels. */
typedef struct emk_plane_walk {
    const emk_depthwise_q8_3x3_args *op;
    const int8_t *in;
    emk_pack pack;
    int32_t zero_word; /* in_zero four times */
} emk_plane_walk;

/* A slot of which a row lies outside of the map, or the second one at the ring's beginning. */
EMK_INLINE void emk_pack_edge(const emk_plane_walk *walk, int32_t *planes, int32_t y) {
    const emk_depthwise_q8_3x3_args *op = walk->op;
    const int8_t *const zeros = (const int8_t *)(const void *)&walk->zero_word;
    const int32_t has_a = y >= 0 && y < op->in_h, has_b = y >= -1 && y + 1 < op->in_h;
    const int32_t row = walk->pack.slot_step / 2;
    emk_pack pack = walk->pack;
    if (!has_a) pack.a_step = 0;
    if (!has_b) pack.b_step = 0;
    emk_depthwise_q8_pack(&pack, planes, has_a ? walk->in + y % op->in_ring * row : zeros,
                          has_b ? walk->in + (y + 1) % op->in_ring * row : zeros, 1);
}

/* Packs the rows from y on, but for those of the first `kept` slots. */
EMK_INLINE void emk_pack_slots(const emk_plane_walk *walk, int32_t y, int32_t kept, int32_t slots) {
    const emk_depthwise_q8_3x3_args *op = walk->op;
    const int32_t row = walk->pack.slot_step / 2;
    int32_t *planes = op->planes + op->pad_left * EMK_LANES * EMK_SLOTS;
    for (int32_t slot = kept; slot < slots;) {
        const int32_t top = y + 2 * slot, place = top < 0 ? 0 : top % op->in_ring;
        const int32_t in_map = op->in_h - top, in_ring = op->in_ring - place;
        const int32_t room = (in_map < in_ring ? in_map : in_ring) / 2, left = slots - slot;
        const int32_t inside = top < 0 ? 0 : room < left ? room : left;
        if (inside > 0) {
            const int8_t *a = walk->in + place * row;
            emk_depthwise_q8_pack(&walk->pack, planes + slot, a, a + row, inside);
            slot += inside;
        } else {
            emk_pack_edge(walk, planes + slot, top);
            ++slot;
        }
    }
}

/* A strip's last slot holds the first rows of the next strip, which the output may lie over. */
EMK_INLINE void emk_keep_slot(const emk_depthwise_q8_3x3_args *op, int32_t stride, int32_t slot) {
    const int32_t columns = (op->out_w - 1) * stride + 3;
    int32_t *const end = op->planes + columns * EMK_LANES * EMK_SLOTS;
    for (int32_t *at = op->planes; at != end; at += EMK_SLOTS) at[0] = at[slot];
}

/* Output rows y0 <= y < y1 of four channels from `out` on, in strips of `strip` rows (an even
 * number). */
EMK_INLINE void emk_make_channels(const emk_plane_walk *walk, const int32_t *records, int8_t *out,
                                  int32_t y0, int32_t y1, int32_t stride, int32_t strip,
                                  emk_tiles *tiles) {
    const emk_depthwise_q8_3x3_args *op = walk->op;
    const int32_t row = op->out_w * op->channels;
    for (int32_t y = y0, rows, kept = 0; y < y1; y += rows) {
        const int32_t place = y % op->out_ring, room = op->out_ring - place;
        rows = y1 - y < strip ? y1 - y : strip;
        if (rows > room) rows = room;
        const emk_tile_run run = {op->out_w, op->channels, row, rows % 2 == 0 ? row : 0,
                                  (rows + 1) / 2};
        if (kept > 0) emk_keep_slot(op, stride, strip * stride / 2);
        emk_pack_slots(walk, y * stride - op->pad_top, kept, ((rows - 1) * stride + 2) / 2 + 1);
        tiles(&run, op->planes, records, out + place * row);
        kept = rows == strip ? 1 : 0;
    }
}

EMK_INLINE void emk_make_map(const emk_depthwise_q8_3x3_args *op, const int8_t *in, int8_t *out,
                             int32_t y0, int32_t y1, int32_t stride, int32_t strip,
                             emk_tiles *tiles) {
    const int32_t columns = (op->out_w - 1) * stride + 3;
    const int32_t room = columns - op->pad_left;
    const int32_t inside = op->in_w < room ? op->in_w : room;
    const uint32_t byte = (uint32_t)op->in_zero & 0xFFu, half = (uint32_t)-op->in_zero & 0xFFFFu;
    emk_plane_walk walk = {op,
                           in,
                           {op->channels, op->channels, (int32_t)(half * 0x10001u), inside,
                            2 * op->in_w * op->channels},
                           (int32_t)(byte * 0x01010101u)};
    for (int32_t x = 0; x < columns; ++x) {
        if (x >= op->pad_left && x < op->pad_left + inside) continue;
        for (int32_t i = 0; i < EMK_LANES * EMK_SLOTS; ++i) {
            op->planes[x * EMK_LANES * EMK_SLOTS + i] = 0;
        }
    }
    for (int32_t c = 0; c < op->channels; c += EMK_LANES) {
        /* What is left over is made together with channels that are made already. */
        const int32_t first = c + EMK_LANES <= op->channels ? c : op->channels - EMK_LANES;
        walk.in = in + first;
        emk_make_channels(&walk, op->records + first * EMK_DEPTHWISE_RECORD_WORDS, out + first, y0,
                          y1, stride, strip, tiles);
    }
    const int32_t row = op->out_w * op->channels;
    for (int32_t y = y0; y < y1; ++y) {
        emk_clamp_q8(out + y % op->out_ring * row, row, op->low, op->high);
    }
}

#endif /* EMK_KERNELS_DEPTHWISE_Q8_3X3_H */
