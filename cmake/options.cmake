# Compiler options, as interface targets that every target of ours links privately.
#
#   moonlet_options       engine, dsp, vm, bindings: no exceptions, no RTTI
#   moonlet_host_options  the command, tests and benchmarks: exceptions and RTTI
#
# and moonlet_library(name files... [BATCHES | DEBUG_BATCHES] [HEADERS ...] [OPTIONS ...]): a
# library built with the first.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 99)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(MOONLET_BOARD STREQUAL "host")
  set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
  set(MOONLET_KERNEL_SPEED -O3)
else()
  # Memory for code is short there; the loops that take the time say -O2 themselves.
  set(CMAKE_CXX_FLAGS_RELEASE "-Os -DNDEBUG")
  set(MOONLET_KERNEL_SPEED -Os)
endif()
set(CMAKE_C_FLAGS_RELEASE "-O2 -DNDEBUG")
# Line numbers alone, and optimised only where time is spent, in Lua, kernels and tensors: most
# of what the debug build takes is compiling it.
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g1")
set(CMAKE_C_FLAGS_DEBUG "-O1 -g1")

# The same bits on every target: no fused or reordered float arithmetic but what
# the source spells out. Holds for Lua and musl too.
add_compile_options(-ffp-contract=off -fno-math-errno -fno-trapping-math)
add_compile_options(-ffunction-sections -fdata-sections)
add_link_options(-Wl,--gc-sections)
if(MOONLET_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  # Its check of objects' types needs the RTTI that the engine is built without.
  add_compile_options(-fno-sanitize=vptr)
  add_link_options(-fsanitize=address,undefined)
endif()

add_library(moonlet_common_options INTERFACE)
target_compile_options(moonlet_common_options INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wconversion -Werror>)
target_include_directories(moonlet_common_options INTERFACE ${CMAKE_SOURCE_DIR})

add_library(moonlet_options INTERFACE)
target_link_libraries(moonlet_options INTERFACE moonlet_common_options)
target_compile_options(moonlet_options INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions -fno-rtti>)

add_library(moonlet_host_options INTERFACE)
target_link_libraries(moonlet_host_options INTERFACE moonlet_common_options)
# Standard headers are most of what a file makes the compiler read, so they are parsed once.
# Files include what they use all the same: -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON, as `make
# soak` has it, finds those that do not.
set(MOONLET_HEADERS <algorithm> <cmath> <cstdio> <cstring> <limits> <span> <string_view> <utility>)
add_library(moonlet_headers OBJECT ${CMAKE_SOURCE_DIR}/cmake/nothing.cc)
target_link_libraries(moonlet_headers PRIVATE moonlet_options)
target_precompile_headers(moonlet_headers PRIVATE ${MOONLET_HEADERS})

# Much of a file's time is what headers bring, so a library with BATCHES compiles eight files
# as one: names that a file keeps to itself differ from those of its neighbours. With
# DEBUG_BATCHES the optimised build goes file by file, so that what is inlined in its loops
# does not depend on neighbours, but for the image of models alone. `make soak` has it OFF, as above.
option(MOONLET_BATCHES "Compile several files as one" ON)
set(debug_batches OFF)
if(MOONLET_SANITIZE OR MOONLET_MODELS_ONLY)
  set(debug_batches ON)
endif()

# HEADERS, and OPTIONS of the compiler, make a library parse all of them by itself.
function(moonlet_library name)
  cmake_parse_arguments(PARSE_ARGV 1 library "BATCHES;DEBUG_BATCHES" "" "HEADERS;OPTIONS")
  add_library(${name} ${library_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE moonlet_options)
  if(MOONLET_BATCHES AND (library_BATCHES OR (library_DEBUG_BATCHES AND debug_batches)))
    set_target_properties(${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
  endif()
  if(library_HEADERS OR library_OPTIONS)
    target_compile_options(${name} PRIVATE ${library_OPTIONS})
    target_precompile_headers(${name} PRIVATE ${MOONLET_HEADERS} ${library_HEADERS})
  else()
    target_precompile_headers(${name} REUSE_FROM moonlet_headers)
  endif()
endfunction()
