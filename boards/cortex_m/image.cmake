# For the boards of a Cortex-M core: the library moonlet_board, of the board's own files and those
# here, and moonlet_image(name), which makes an executable the image. Start-up, which nothing
# refers to by name, and what the C library refers to are objects of their own.
function(moonlet_cortex_m_board)
  set(common ${CMAKE_SOURCE_DIR}/boards/cortex_m)
  moonlet_library(moonlet_board STATIC ${ARGN}
    ${common}/clock.cc
    ${common}/console.cc
    ${common}/faults.cc
    ${common}/files.cc
    ${common}/memory.cc
    ${common}/uart.cc)
  target_link_libraries(moonlet_board PUBLIC moonlet_base)
  target_include_directories(moonlet_board PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})  # registers.h
endfunction()

function(moonlet_image name)
  set(common ${CMAKE_SOURCE_DIR}/boards/cortex_m)
  set(folder ${CMAKE_SOURCE_DIR}/boards/${MOONLET_BOARD})
  add_library(${name}_start OBJECT ${common}/startup.cc ${common}/newlib.cc)
  target_include_directories(${name}_start PRIVATE ${folder})
  target_link_libraries(${name}_start PRIVATE moonlet_options)
  target_link_libraries(${name} PRIVATE ${name}_start moonlet_board moonlet_options)
  if(MOONLET_SOFT_DOUBLE)
    target_sources(${name}_start PRIVATE ${common}/soft_double.cc)
    target_link_options(${name} PRIVATE
      -Wl,--wrap=__aeabi_dadd,--wrap=__aeabi_dsub,--wrap=__aeabi_drsub)
  endif()
  set_target_properties(${name} PROPERTIES
    LINK_DEPENDS "${folder}/image.ld;${common}/sections.ld"
    SUFFIX .elf RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
  target_link_options(${name} PRIVATE -T ${folder}/image.ld -L ${common}
    -Wl,-Map,${CMAKE_BINARY_DIR}/${name}.map,--no-warn-rwx-segments
    -Wl,--wrap=_calloc_r)  # newlib.cc
  add_custom_command(TARGET ${name} POST_BUILD
    COMMAND arm-none-eabi-objcopy -O binary ${MOONLET_BINARY_OPTIONS}
      $<TARGET_FILE:${name}> ${CMAKE_BINARY_DIR}/${name}.bin)
endfunction()
