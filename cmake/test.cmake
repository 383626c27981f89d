# moonlet_test(runtime_test libraries...) in tests/vm: tests/vm/runtime_test.cc as the
# CTest case vm/runtime_test. Tests run in the project's root.
find_package(GTest REQUIRED)

# A request too large for the machine is refused, not an error of ours.
set(MOONLET_TEST_ENVIRONMENT "ASAN_OPTIONS=allocator_may_return_null=1")

# GoogleTest's headers, parsed once for all tests.
add_library(moonlet_test_header OBJECT ${CMAKE_SOURCE_DIR}/tests/header.cc)
target_link_libraries(moonlet_test_header PRIVATE moonlet_host_options GTest::gtest)
target_precompile_headers(moonlet_test_header PRIVATE <gtest/gtest.h>)

function(moonlet_test unit)
  file(RELATIVE_PATH name ${CMAKE_SOURCE_DIR}/tests ${CMAKE_CURRENT_SOURCE_DIR}/${unit})
  string(REPLACE "/" "_" target ${name})
  add_executable(${target} ${unit}.cc)
  target_link_libraries(${target} PRIVATE ${ARGN} moonlet_host_options GTest::gtest_main)
  target_precompile_headers(${target} REUSE_FROM moonlet_test_header)
  add_test(NAME ${name} COMMAND ${target} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES ENVIRONMENT ${MOONLET_TEST_ENVIRONMENT})
endfunction()
