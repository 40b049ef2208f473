# Arm Cortex-M3: floats in software.
set(CMAKE_SYSTEM_PROCESSOR cortex-m3)
set(EMBARK_CORE_FLAGS "-mcpu=cortex-m3 -mthumb -mfloat-abi=soft")
include("${CMAKE_CURRENT_LIST_DIR}/arm-none-eabi.cmake")
