# Arm Cortex-M0+: floats in software.
set(CMAKE_SYSTEM_PROCESSOR cortex-m0plus)
set(EMBARK_CORE_FLAGS "-mcpu=cortex-m0plus -mthumb -mfloat-abi=soft")
include("${CMAKE_CURRENT_LIST_DIR}/arm-none-eabi.cmake")
