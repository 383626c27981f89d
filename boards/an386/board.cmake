set(MOONLET_CPU -mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16)
set(MOONLET_DSP ON)  # the extension's kernels, engine/kernels/*_dsp.cc
set(MOONLET_SOFT_DOUBLE ON)  # its floating point is of single precision
include(boards/cortex_m/options.cmake)
