# zlib as the target moonlet_zlib: the system's, or for a device Debian's source package.
if(MOONLET_BOARD STREQUAL "host")
  set(ZLIB_USE_STATIC_LIBS ON)  # the command is linked statically
  find_package(ZLIB REQUIRED)
  add_library(moonlet_zlib INTERFACE)
  target_link_libraries(moonlet_zlib INTERFACE ZLIB::ZLIB)
  return()
endif()

execute_process(
  COMMAND ${CMAKE_SOURCE_DIR}/cmake/fetch_debian_source.sh zlib ${MOONLET_SOURCES}
  COMMAND_ERROR_IS_FATAL ANY)
set(zlib_files)
foreach(name IN ITEMS adler32 crc32 deflate inffast inflate inftrees trees zutil)
  list(APPEND zlib_files ${MOONLET_SOURCES}/zlib/${name}.c)
endforeach()
add_library(moonlet_zlib STATIC ${zlib_files})
# Raw streams are all we have: no gzip, and memory comes from us.
target_compile_definitions(moonlet_zlib PRIVATE NO_GZIP Z_SOLO)
target_compile_options(moonlet_zlib PRIVATE -Os -w)
target_include_directories(moonlet_zlib SYSTEM PUBLIC ${MOONLET_SOURCES}/zlib)
