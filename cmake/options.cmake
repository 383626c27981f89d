# Compiler options, as interface targets that every target of ours links privately.
#
#   moonlet_options       engine, dsp, vm, bindings: no exceptions, no RTTI
#   moonlet_host_options  the command and the tests: exceptions and RTTI

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 99)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
set(CMAKE_C_FLAGS_RELEASE "-O2 -DNDEBUG")
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g")
set(CMAKE_C_FLAGS_DEBUG "-O1 -g")

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
# The time of tests and of reading options goes into compiling them.
target_compile_options(moonlet_host_options INTERFACE
  $<$<CONFIG:Debug>:-O0> $<$<CONFIG:Release>:-O1>)
