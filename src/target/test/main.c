#include "dummy_model.h"
#include "emk/port.h"
#include "emk_link.h"

int main(void) {
    emk_port_init();
    emk_link_serve(&emk_dummy_model);
    return 0;
}
