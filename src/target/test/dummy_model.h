/* A network for tests of the link: answers that are easy to foretell. Link it with
 * -Wl,--wrap=emk_port_stack_intact. */
#ifndef DUMMY_MODEL_H
#define DUMMY_MODEL_H

#include "emk/model.h"

extern const emk_model emk_dummy_model;

#endif
