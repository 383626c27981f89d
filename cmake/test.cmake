# moonlet_tests(UNITS stop_test ... LIBRARIES ... [HEADERS ...] [SHARDS n]) in tests/vm: one
# program of tests/vm/stop_test.cc and the other units, run as the CTest cases vm/1 to
# vm/n, each with a share of its tests. HEADERS are parsed once for all of them. Tests run in
# the project's root.
#
#   build/host/tests/vm/vm_test --gtest_filter='Stop*'     # some by hand
find_package(GTest REQUIRED)

# A request too large for the machine is refused, not an error of ours.
set(MOONLET_TEST_ENVIRONMENT "ASAN_OPTIONS=allocator_may_return_null=1")

# Sixteen units are compiled as one, which takes a third of the time: most of it goes into
# GoogleTest's templates. So each unit is in a namespace of its own, named as the file.
#
# The time of tests goes into compiling them. A third of it, under the sanitizers, went into
# looking at each pointer in what the tests themselves do; the code under test keeps that,
# and the address sanitizer sees the others.
add_library(moonlet_test_options INTERFACE)
target_link_libraries(moonlet_test_options INTERFACE moonlet_host_options)
target_compile_options(moonlet_test_options INTERFACE -O0)
if(MOONLET_SANITIZE)
  target_compile_options(moonlet_test_options INTERFACE -fno-sanitize=alignment,null,object-size)
endif()

# GoogleTest's headers, parsed once.
add_library(moonlet_test_headers OBJECT ${CMAKE_SOURCE_DIR}/cmake/nothing.cc)
target_link_libraries(moonlet_test_headers PRIVATE moonlet_test_options GTest::gtest)
target_precompile_headers(moonlet_test_headers PRIVATE <gtest/gtest.h>)

function(moonlet_tests)
  cmake_parse_arguments(PARSE_ARGV 0 tests "" "SHARDS" "UNITS;LIBRARIES;HEADERS")
  file(RELATIVE_PATH folder ${CMAKE_SOURCE_DIR}/tests ${CMAKE_CURRENT_SOURCE_DIR})
  string(REPLACE "/" "_" program ${folder}_test)
  list(TRANSFORM tests_UNITS APPEND .cc)
  add_executable(${program} ${tests_UNITS})
  target_link_libraries(${program} PRIVATE ${tests_LIBRARIES} moonlet_test_options GTest::gtest_main)
  set_target_properties(${program} PROPERTIES
    UNITY_BUILD ${MOONLET_BATCHES} UNITY_BUILD_BATCH_SIZE 16)
  if(tests_HEADERS)
    target_precompile_headers(${program} PRIVATE <gtest/gtest.h> ${tests_HEADERS})
  else()
    target_precompile_headers(${program} REUSE_FROM moonlet_test_headers)
  endif()
  if(NOT tests_SHARDS)
    set(tests_SHARDS 1)
  endif()
  foreach(shard RANGE 1 ${tests_SHARDS})
    math(EXPR index "${shard} - 1")
    add_test(NAME ${folder}/${shard} COMMAND ${program} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    set_tests_properties(${folder}/${shard} PROPERTIES ENVIRONMENT
      "${MOONLET_TEST_ENVIRONMENT};GTEST_TOTAL_SHARDS=${tests_SHARDS};GTEST_SHARD_INDEX=${index}")
  endforeach()
endfunction()
