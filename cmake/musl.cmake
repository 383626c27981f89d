# The double functions behind `math`, `^` and float64 tensors: musl's, compiled by
# us for every target, so that host and device agree to the last bit. They are
# declared in engine/base/libm.h and renamed by engine/base/libm_names.h.

execute_process(
  COMMAND ${CMAKE_SOURCE_DIR}/cmake/fetch_debian_source.sh musl ${MOONLET_SOURCES}
  COMMAND_ERROR_IS_FATAL ANY)

set(musl_names
  acos acosh asin asinh atan atan2 atanh cbrt cos cosh erf exp expm1 fmod hypot log log10 log1p log2
  pow sin sinh tan tanh
  __cos __expo2 __math_divzero __math_invalid __math_oflow __math_uflow __math_xflow __rem_pio2
  __rem_pio2_large __sin __tan exp_data log2_data log_data pow_data)
if(MOONLET_SOFT_DOUBLE)
  list(APPEND musl_names fma)  # newlib's rounds twice
endif()
set(musl_files)
foreach(name IN LISTS musl_names)
  list(APPEND musl_files ${MOONLET_SOURCES}/musl/src/math/${name}.c)
endforeach()

add_library(moonlet_libm STATIC ${musl_files})
target_include_directories(moonlet_libm PRIVATE
  ${MOONLET_SOURCES}/musl/src/internal ${MOONLET_SOURCES}/musl/arch/generic)
target_compile_options(moonlet_libm PRIVATE
  -w -fno-builtin -include ${CMAKE_SOURCE_DIR}/engine/base/libm_names.h
  # Where the target has fma, this macro would choose other formulas.
  -U__FP_FAST_FMA)
target_compile_definitions(moonlet_libm PRIVATE hidden=)
target_include_directories(moonlet_libm PRIVATE ${CMAKE_SOURCE_DIR})
if(CMAKE_SYSTEM_NAME STREQUAL "Generic")
  # What newlib's headers lack; and what they have beyond C99 gets in the way of musl's.
  set(musl_headers ${CMAKE_BINARY_DIR}/musl)
  file(WRITE ${musl_headers}/features.h "")
  file(WRITE ${musl_headers}/endian.h
    "#define __BYTE_ORDER __BYTE_ORDER__\n#define __LITTLE_ENDIAN __ORDER_LITTLE_ENDIAN__\n"
    "#define __BIG_ENDIAN __ORDER_BIG_ENDIAN__\n")
  # All that fma.c asks of it.
  file(WRITE ${musl_headers}/atomic.h "#define a_clz_64 __builtin_clzll\n")
  target_include_directories(moonlet_libm BEFORE PRIVATE ${musl_headers})
  set_target_properties(moonlet_libm PROPERTIES C_EXTENSIONS OFF)
else()
  target_compile_definitions(moonlet_libm PRIVATE _GNU_SOURCE)
endif()
