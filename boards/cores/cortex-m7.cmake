# Arm Cortex-M7, its FPU used in single precision only: not all of them have double.
set(CMAKE_SYSTEM_PROCESSOR cortex-m7)
set(EMBARK_CORE_FLAGS "-mcpu=cortex-m7 -mthumb -mfpu=fpv5-sp-d16 -mfloat-abi=hard")
include("${CMAKE_CURRENT_LIST_DIR}/arm-none-eabi.cmake")
