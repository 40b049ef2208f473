/* Frames of the framed protocol (docs/protocol.md) and the service's state. Internal to
 * runtime/link. C99, freestanding. */
#ifndef EMK_FRAME_H
#define EMK_FRAME_H

#include <stdint.h>

#include "emk/model.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    EMK_FRAME_VERSION = 1,
    EMK_FRAME_MARKER_BYTES = 4,
    EMK_FRAME_HEADER_BYTES = 8,              /* after the marker */
    EMK_PING_BYTES = 16,                     /* at most */
    EMK_BLOCK_BYTES = 64,                    /* of inputs or outputs in one frame */
    EMK_WINDOW_BLOCKS = 64,                  /* that one `written` tells of */
    EMK_PAYLOAD_BYTES = 4 + EMK_BLOCK_BYTES, /* of the longest request that is kept */
    EMK_PAUSE_MS = 800 /* silence inside a frame or an image after which it is given up; below the
                          1 s at which classic hosts repeat their 0xAB */
};

enum emk_frame_command {
    EMK_FRAME_PING = 0x01,
    EMK_FRAME_INFO = 0x02,
    EMK_FRAME_RUN = 0x03,
    EMK_FRAME_PROFILE = 0x04,
    EMK_FRAME_MEMORY = 0x05,
    EMK_FRAME_CHECK = 0x06,
    EMK_FRAME_WRITE = 0x07, /* these four in emk_blocks.c */
    EMK_FRAME_WRITTEN = 0x08,
    EMK_FRAME_EXECUTE = 0x09,
    EMK_FRAME_READ = 0x0A,
    EMK_FRAME_ANSWER = 0x80, /* or-ed to the command that is answered */
    EMK_FRAME_TRACE = 0xC0,
    EMK_FRAME_ERROR = 0xFF
};

enum emk_frame_error {
    EMK_FRAME_BAD_CRC = 1,
    EMK_FRAME_BAD_COMMAND = 2,
    EMK_FRAME_BAD_VERSION = 3, /* detail: the version that is spoken */
    EMK_FRAME_BAD_LENGTH = 4,  /* detail: the length that was expected */
    EMK_FRAME_TRUNCATED = 5,
    EMK_FRAME_BAD_TYPE = 6,    /* detail: index of the output that cannot be sent as floats */
    EMK_FRAME_BAD_WEIGHTS = 7, /* detail: the CRC that was found */
    EMK_FRAME_BAD_STACK = 8    /* detail: bytes reserved for the stack */
};

#define EMK_NO_BLOCK 0xFFFFFFFFu

/* The service's whole state. */
typedef struct emk_link_state {
    const emk_model *model;
    uint32_t crc;       /* of the frame that is being received or sent */
    uint32_t counted;   /* bytes that a counting pass would have sent */
    uint32_t sent_from; /* a counting pass sends the bytes of these places after all */
    uint32_t sent_until;
    uint32_t paused;                        /* cycles of the current run spent on sending traces */
    uint32_t step_start;                    /* cycle count at emk_step_begin, moved on by pauses */
    uint32_t weights_crc;                   /* as it was last found */
    uint8_t header[EMK_FRAME_HEADER_BYTES]; /* of the request that is being served */
    uint8_t payload[EMK_PAYLOAD_BYTES];
    uint32_t written[EMK_WINDOW_BLOCKS / 32]; /* bits of the blocks that came under this number: */
    uint16_t window;
    uint16_t executed;                     /* sequence number of the last execute */
    uint8_t has_executed;                  /* its outputs are still in place */
    uint8_t framed;                        /* a whole frame has come since reset */
    uint32_t cycles;                       /* of the last execute */
    uint8_t ahead[EMK_FRAME_MARKER_BYTES]; /* bytes read too far, next first */
    uint8_t ahead_count;
    uint8_t counting; /* send functions only count */
    uint8_t tracing;  /* the current run sends its tensors */
    uint8_t classic;  /* enum in emk_link.c */
    uint8_t fault;    /* why no inference is answered, enum emk_frame_error; 0: nothing is wrong */
} emk_link_state;

extern emk_link_state emk_link;
extern const uint8_t emk_frame_marker[EMK_FRAME_MARKER_BYTES];

/* The next byte, from those read ahead or from the port; negative as emk_port_read_within. */
int32_t emk_link_read(uint32_t milliseconds);

/* Sends marker and header; `length` payload bytes must follow, then emk_frame_end. The sequence
 * number is the request's. */
void emk_frame_begin(uint8_t command, uint32_t length);
void emk_frame_end(void);
void emk_send_bytes(const void *data, uint32_t bytes);
void emk_send_u8(uint8_t value);
void emk_send_u16(uint16_t value);
void emk_send_u32(uint32_t value);
void emk_send_float(float value);
/* Length as u16, then the characters, without a terminator; null is sent as "". */
void emk_send_string(const char *text);

/* Receives payload bytes of the current frame and adds them to its CRC. `data` may be null: they
 * are dropped. 0 when the line fell silent or was closed. */
int emk_receive_bytes(void *data, uint32_t bytes);
/* Receives the frame's CRC: 1 right, 0 wrong, -1 the line fell silent. */
int emk_receive_crc(void);

void emk_answer_error(uint8_t code, uint32_t detail);
/* Sends the payload of `info`. */
void emk_send_info(void);
/* The error that emk_link.fault is. */
void emk_answer_fault(void);
/* Looks at the stack's canary; sets emk_link.fault. */
void emk_check_stack(void);
uint32_t emk_load_u32(const uint8_t *bytes);

/* Blocks: commands 07 to 0A. Payload bytes of the request `command`; EMK_NO_BLOCK for others. */
uint32_t emk_block_request_bytes(uint8_t command);
/* Serves a request whose payload is whole. */
void emk_serve_block(uint8_t command);

/* Runs the model: its cycles, without those spent on traces. */
uint32_t emk_measured_run(void);

#ifdef __cplusplus
}
#endif

#endif /* EMK_FRAME_H */
