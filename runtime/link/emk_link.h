/* The UART service: docs/protocol.md. C99, freestanding. */
#ifndef EMK_LINK_H
#define EMK_LINK_H

#include "emk/model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Serves `model` on the console of emk/port.h, which must be initialised. Returns only when the
 * link is closed, which happens to host programs alone. */
void emk_link_serve(const emk_model *model);

#ifdef __cplusplus
}
#endif

#endif /* EMK_LINK_H */
