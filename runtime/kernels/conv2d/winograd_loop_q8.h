/* emk_conv2d_q8_winograd for weights that lie as they are read, or packed; as panel_loop_q8.h. */
#include "../conv2d/rows_q8.h"
#include "../conv2d/winograd_q8.h"
#include "emk/conv_q8.h"

/* The scratch memory, and where the work is. */
typedef struct winograd {
    const emk_conv2d_q8_winograd_args *op;
    uint32_t *temporaries, *weights, *tiles, *band;
    int32_t *sums;
    int32_t band_width;   /* columns of a row of tiles' inputs */
    int32_t tile_columns; /* tiles of a row */
    int32_t band_row;     /* the row of tiles that the band holds, or -1 */
} winograd;

static winograd make_winograd(const emk_conv2d_q8_winograd_args *op) {
    winograd w;
    w.op = op;
    w.temporaries = scratch_of(op);
    w.weights = w.temporaries + EMK_WINOGRAD_TEMPORARIES;
    w.sums = (int32_t *)(void *)(w.weights + EMK_WINOGRAD_POSITIONS * op->in_c);
    w.tiles = (uint32_t *)(void *)(w.sums + 2 * EMK_WINOGRAD_POSITIONS * op->batch);
    w.band = w.tiles + EMK_WINOGRAD_POSITIONS / 2 * op->in_c * op->batch;
    w.tile_columns = (op->out_w + 3) / 4;
    w.band_width = 4 * w.tile_columns + 2;
    w.band_row = -1;
    return w;
}

/* Columns first … last - 1 of a row of the band from neighbouring pixels. */
static void fill_columns(const winograd *w, uint32_t *row, int32_t first, int32_t last,
                         const uint8_t *from) {
    const int32_t block = 6 * w->band_width;
    for (uint32_t *to = row + first; to < row + last; ++to, from += w->op->in_c) {
        uint32_t *word = to;
        for (int32_t c = 0; c < w->op->in_c; c += 4, word += block) {
            *word = emk_load_u32(from + c) ^ EMK_SIGNS;
        }
    }
}

static void fill_with_zero(const winograd *w, uint32_t *row, int32_t first, int32_t last) {
    const uint32_t zero = ((uint32_t)w->op->in_zero & 0xFFu) * 0x01010101u ^ EMK_SIGNS;
    for (int32_t c = 0; c < w->op->in_c; c += 4, row += 6 * w->band_width) {
        for (int32_t x = first; x < last; ++x) row[x] = zero;
    }
}

/* The six input rows under a row of tiles, as x + 128 and with their padding. */
static void fill_band(winograd *w, const int8_t *in, int32_t tile_row) {
    const emk_conv2d_q8_winograd_args *op = w->op;
    const int32_t left = emk_least(op->pad_left, w->band_width);
    const int32_t last = emk_least(left + op->in_w, w->band_width);
    for (int32_t row = 0; row < 6; ++row) {
        const int32_t y = 4 * tile_row - op->pad_top + row;
        uint32_t *to = w->band + row * w->band_width;
        if (y < 0 || y >= op->in_h) {
            fill_with_zero(w, to, 0, w->band_width);
            continue;
        }
        fill_with_zero(w, to, 0, left);
        fill_columns(w, to, left, last, (const uint8_t *)in + y * op->in_w * op->in_c);
        fill_with_zero(w, to, last, w->band_width);
    }
    w->band_row = tile_row;
}

/* Transforms `count` tiles from number `first` on. */
static void transform_tiles(winograd *w, const int8_t *in, int32_t first, int32_t count) {
    const emk_conv2d_q8_winograd_args *op = w->op;
    const int32_t words = op->in_c / 2;
    emk_winograd_tile tile;
    tile.temporaries = w->temporaries;
    tile.blocks = op->in_c / 4;
    tile.row = 4 * w->band_width;
    tile.block = 6 * tile.row;
    for (int32_t i = 0; i < count; ++i) {
        const int32_t row = (first + i) / w->tile_columns;
        if (row != w->band_row) fill_band(w, in, row);
        tile.from = w->band + (first + i) % w->tile_columns * 4;
        tile.to = w->tiles + i / 4 * 4 * EMK_WINOGRAD_POSITIONS * words + i % 4;
        emk_winograd_input_q8(&tile);
    }
}

/* A tile that leaves the map, by way of a block of its own. */
static void store_partial_tile(emk_winograd_outputs *outputs, int32_t rows, int32_t columns) {
    const int32_t row_step = outputs->row, column_step = outputs->column;
    int8_t *out = outputs->out;
    int8_t block[16];
    outputs->out = block;
    outputs->row = 4;
    outputs->column = 1;
    emk_winograd_output_q8(outputs);
    for (int32_t y = 0; y < rows; ++y) {
        for (int32_t x = 0; x < columns; ++x)
            out[y * row_step + x * column_step] = block[4 * y + x];
    }
    outputs->row = row_step;
    outputs->column = column_step;
}

/* Stores channel `channel` of tiles `first` … `first + count - 1`; runs of whole tiles at once. */
static void store_channel(const winograd *w, emk_winograd_outputs *outputs, int8_t *out,
                          int32_t first, int32_t count) {
    const emk_conv2d_q8_winograd_args *op = w->op;
    const int32_t whole = op->out_w / 4; /* tiles of a row */
    outputs->column = op->out_c;
    outputs->row = op->out_w * op->out_c;
    for (int32_t tile = first; tile < first + count; tile += outputs->tiles) {
        const int32_t row = tile / w->tile_columns, column = tile % w->tile_columns;
        const int32_t rows = emk_least(op->out_h - 4 * row, 4);
        outputs->out = out + (4 * row * op->out_w + 4 * column) * op->out_c;
        outputs->tiles = 1;
        if (rows == 4 && column < whole) {
            outputs->tiles = emk_least(whole - column, first + count - tile);
            emk_winograd_output_q8(outputs);
        } else {
            store_partial_tile(outputs, rows, emk_least(op->out_w - 4 * column, 4));
        }
        outputs->sums += EMK_WINOGRAD_POSITIONS * outputs->tiles;
    }
}

/* All channels of a batch of tiles. */
static void convolve_tiles(const winograd *w, int8_t *out, int32_t first, int32_t count) {
    const emk_conv2d_q8_winograd_args *op = w->op;
    const int32_t *channels = op->channels;
    emk_winograd_filters filters = {0, w->weights, w->temporaries, op->in_c / 4};
    emk_winograd_product product;
    product.tiles = w->tiles;
    product.weights = w->weights;
    product.sums = w->sums;
    product.quads = (count + 3) / 4;
    product.words = op->in_c / 2;
    for (int32_t o = 0; o < op->out_c; o += 2, channels += 8) {
        const int32_t channel = o + 1 < op->out_c ? o : o - 1;
        filters.from = pair_weights(op, o / 2, 9 * op->in_c / 2);
        emk_winograd_weights_q8(&filters);
        emk_winograd_multiply_q8(&product);
        for (int32_t i = 0; i < 2; ++i) {
            emk_winograd_outputs outputs;
            outputs.sums = w->sums + i * 4 * product.quads * EMK_WINOGRAD_POSITIONS;
            outputs.temporaries = (int32_t *)(void *)w->temporaries;
            outputs.bias = (int32_t)((uint32_t)channels[i] << 5);
            outputs.multiplier = channels[2 + 3 * i];
            outputs.rounding = channels[3 + 3 * i];
            outputs.shift = channels[4 + 3 * i];
            store_channel(w, &outputs, out + channel + i, first, count);
        }
    }
}

void EMK_FUNCTION(const EMK_ARGS *arguments, const int8_t *in, int8_t *out, int32_t y0,
                  int32_t y1) {
    const emk_conv2d_q8_winograd_args *op = EMK_LAYER(arguments);
    winograd w = make_winograd(op);
    const int32_t tiles = w.tile_columns * ((op->out_h + 3) / 4);
    (void)y0;
    (void)y1;
    for (int32_t first = 0; first < tiles; first += op->batch) {
        const int32_t count = emk_least(op->batch, tiles - first);
        transform_tiles(&w, in, first, count);
        convolve_tiles(&w, out, first, count);
    }
    emk_clamp_q8(out, op->out_h * op->out_w * op->out_c, op->low, op->high);
}
