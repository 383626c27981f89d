# Compiler options of bare-metal Arm, for every file of the image; MOONLET_CPU holds those of the
# processor.
add_compile_options(
  ${MOONLET_CPU}
  # Other code than the kernels' own for Helium would flush denormals behind the rules of
  # docs/floats.md.
  -fno-tree-vectorize
  -fpermitted-flt-eval-methods=c11  # musl asks for 0, 1 or 2
  $<$<COMPILE_LANGUAGE:CXX>:-fno-threadsafe-statics>
  # Notes on what compilers before 7.1 did: one compiler makes all of the image.
  $<$<COMPILE_LANGUAGE:CXX>:-Wno-psabi>
  # newlib's int32_t is a long, of the size of an int.
  $<$<COMPILE_LANGUAGE:CXX>:-Wno-format>)
# This compiler's <limits.h> has them for C alone, and Lua's headers ask.
add_compile_definitions($<$<COMPILE_LANGUAGE:CXX>:LLONG_MAX=__LONG_LONG_MAX__>
                        "$<$<COMPILE_LANGUAGE:CXX>:LLONG_MIN=(-LLONG_MAX-1)>"
                        MOONLET_DOCS=0)
add_link_options(${MOONLET_CPU} -nostartfiles)
