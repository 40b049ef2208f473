/* Echoes what comes over the console, plus one. With the board family's own start-up and port. */
#include "emk/port.h"

int main(void) {
    emk_port_init();
    for (;;) emk_port_write((uint8_t)(emk_port_read() + 1));
}
