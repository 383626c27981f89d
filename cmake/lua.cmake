# Lua from Debian's source package, with the patches in vm/patches/ and one
# configuration for every target (vm/lua_config.h). Targets see it as moonlet_lua
# and include it through vm/lua.h.

if(MOONLET_SYSTEM_LUA)
  find_package(PkgConfig REQUIRED)
  pkg_check_modules(system_lua REQUIRED IMPORTED_TARGET lua5.4)
  add_library(moonlet_lua INTERFACE)
  target_link_libraries(moonlet_lua INTERFACE PkgConfig::system_lua)
  target_compile_definitions(moonlet_lua INTERFACE MOONLET_SYSTEM_LUA=1)
  return()
endif()

execute_process(
  COMMAND ${CMAKE_SOURCE_DIR}/cmake/fetch_debian_source.sh lua5.4 ${MOONLET_SOURCES}
  COMMAND_ERROR_IS_FATAL ANY)

# The patched copy is made anew whenever a patch changes; a patch that does not
# apply stops the build.
file(GLOB lua_patches CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/vm/patches/*.patch)
set(lua_dir ${CMAKE_BINARY_DIR}/lua)
set(lua_stamp)
foreach(patch IN LISTS lua_patches)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${patch})
  file(SHA256 ${patch} hash)
  string(APPEND lua_stamp ${hash})
endforeach()
set(lua_done)
if(EXISTS ${lua_dir}/stamp)
  file(READ ${lua_dir}/stamp lua_done)
endif()
if(NOT lua_done STREQUAL lua_stamp)
  file(REMOVE_RECURSE ${lua_dir})
  file(COPY ${MOONLET_SOURCES}/lua5.4/src DESTINATION ${lua_dir})
  foreach(patch IN LISTS lua_patches)
    execute_process(COMMAND patch -p1 --fuzz=0 --no-backup-if-mismatch -i ${patch}
      WORKING_DIRECTORY ${lua_dir} OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
  endforeach()
  # Debian's luaconf.h asks for this header, which its package generates.
  file(WRITE ${lua_dir}/src/lua5.4-deb-multiarch.h "#define DEB_HOST_MULTIARCH \"\"\n")
  file(WRITE ${lua_dir}/stamp ${lua_stamp})
endif()

set(lua_names
  lapi lauxlib lbaselib lcode lcorolib lctype ldblib ldebug ldo ldump lfunc lgc liolib llex lmathlib lmem
  lobject lopcodes loslib lparser lstate lstring lstrlib ltable ltablib ltm lundump lutf8lib lvm lzio)
set(lua_files)
foreach(name IN LISTS lua_names)
  list(APPEND lua_files ${lua_dir}/src/${name}.c)
endforeach()
add_library(moonlet_lua STATIC ${lua_files} ${CMAKE_SOURCE_DIR}/vm/lua_numbers.c)
target_include_directories(moonlet_lua SYSTEM PUBLIC ${lua_dir}/src)
target_include_directories(moonlet_lua PUBLIC ${CMAKE_SOURCE_DIR})
target_compile_options(moonlet_lua PRIVATE -w)
if(MOONLET_SANITIZE)
  # What the bindings push is counted against what they asked for.
  target_compile_definitions(moonlet_lua PRIVATE LUA_USE_APICHECK)
endif()
if(MOONLET_BOARD STREQUAL "host")
  target_compile_definitions(moonlet_lua PRIVATE LUA_USE_POSIX)
else()
  target_compile_options(moonlet_lua PRIVATE -Os)  # as fast there as -O2
  target_link_libraries(moonlet_lua INTERFACE moonlet_vm)  # what `print` calls
endif()
target_link_libraries(moonlet_lua PUBLIC moonlet_libm)
