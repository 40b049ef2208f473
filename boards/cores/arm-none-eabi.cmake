# Toolchain for a bare Arm core: arm-none-eabi-gcc, no C library. The core's own file sets
# EMBARK_CORE_FLAGS and includes this one.
set(CMAKE_SYSTEM_NAME Generic)

set(CMAKE_C_COMPILER arm-none-eabi-gcc)
set(CMAKE_ASM_COMPILER arm-none-eabi-gcc)
find_program(CMAKE_OBJCOPY arm-none-eabi-objcopy)
find_program(CMAKE_SIZE arm-none-eabi-size)
# CMake's trial program has no start-up code to link with.
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)

# No fused multiply-add behind the source's back: results equal the host's bit for bit.
set(CMAKE_C_FLAGS_INIT
    "${EMBARK_CORE_FLAGS} -ffp-contract=off -ffreestanding -ffunction-sections -fdata-sections -fno-common -fstack-usage -g")
set(CMAKE_ASM_FLAGS_INIT "${EMBARK_CORE_FLAGS} -g")
# CMake would append its own -O3: the project sets the level itself.
set(EMBARK_OPTIMIZATION "-O2")
set(CMAKE_EXE_LINKER_FLAGS_INIT "${EMBARK_CORE_FLAGS} -nostdlib -Wl,--gc-sections -Wl,--fatal-warnings")
