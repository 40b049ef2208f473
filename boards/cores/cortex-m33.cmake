# Arm Cortex-M33 with DSP instructions and single-precision FPU.
set(CMAKE_SYSTEM_PROCESSOR cortex-m33)
set(EMBARK_CORE_FLAGS "-mcpu=cortex-m33 -mthumb -mfpu=fpv5-sp-d16 -mfloat-abi=hard")
include("${CMAKE_CURRENT_LIST_DIR}/arm-none-eabi.cmake")
