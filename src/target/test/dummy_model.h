/* A network for tests of the link: no weights, answers that are easy to foretell. */
#ifndef DUMMY_MODEL_H
#define DUMMY_MODEL_H

#include "emk/model.h"

extern const emk_model emk_dummy_model;

#endif
