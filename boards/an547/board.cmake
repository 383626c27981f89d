set(MOONLET_CPU -mcpu=cortex-m55 -mthumb -mfloat-abi=hard)
set(MOONLET_HELIUM ON)
include(boards/cortex_m/options.cmake)
set(MOONLET_BINARY_OPTIONS -R .vectors)  # they lie in another memory than the rest
