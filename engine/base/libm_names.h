// engine/base/libm_names.h - makes C sources written for <math.h> use the functions of
// libm.h. Read ahead of musl's own sources, whose names change too, and of Lua's.
// C only.
#ifndef MOONLET_ENGINE_BASE_LIBM_NAMES_H
#define MOONLET_ENGINE_BASE_LIBM_NAMES_H

#include <math.h>  // first: C libraries build these very names by pasting tokens

#include "engine/base/libm.h"

#define acos moonlet_acos
#define acosh moonlet_acosh
#define asin moonlet_asin
#define asinh moonlet_asinh
#define atan moonlet_atan
#define atan2 moonlet_atan2
#define atanh moonlet_atanh
#define cbrt moonlet_cbrt
#define cos moonlet_cos
#define cosh moonlet_cosh
#define erf moonlet_erf
#define erfc moonlet_erfc
#define exp moonlet_exp
#define expm1 moonlet_expm1
#define fma moonlet_fma
#define fmod moonlet_fmod
#define hypot moonlet_hypot
#define log moonlet_log
#define log10 moonlet_log10
#define log1p moonlet_log1p
#define log2 moonlet_log2
#define pow moonlet_pow
#define sin moonlet_sin
#define sinh moonlet_sinh
#define tan moonlet_tan
#define tanh moonlet_tanh

// musl's helpers and tables: a static C library has some of the same names.
#define __cos moonlet___cos
#define __exp_data moonlet___exp_data
#define __expo2 moonlet___expo2
#define __log2_data moonlet___log2_data
#define __log_data moonlet___log_data
#define __math_divzero moonlet___math_divzero
#define __math_invalid moonlet___math_invalid
#define __math_oflow moonlet___math_oflow
#define __math_uflow moonlet___math_uflow
#define __math_xflow moonlet___math_xflow
#define __pow_log_data moonlet___pow_log_data
#define __rem_pio2 moonlet___rem_pio2
#define __rem_pio2_large moonlet___rem_pio2_large
#define __sin moonlet___sin
#define __tan moonlet___tan
// glibc declares these three with other types.
#define __cosl moonlet___cosl
#define __sinl moonlet___sinl
#define __tanl moonlet___tanl

#endif
