# moonlet_flatbuffer(moonlet_tflite_schema engine/nn/tflite.fbs): a target whose users
# may include "tflite_generated.h", made in the build folder by flatc.
find_program(MOONLET_FLATC flatc REQUIRED)
find_path(MOONLET_FLATBUFFERS flatbuffers/flatbuffers.h PATHS /usr/include REQUIRED)
# Alone in a folder: its neighbours are headers of the host, which a cross compiler must not see.
set(flatbuffers_folder ${CMAKE_BINARY_DIR}/flatbuffers)
file(MAKE_DIRECTORY ${flatbuffers_folder})
file(CREATE_LINK ${MOONLET_FLATBUFFERS}/flatbuffers ${flatbuffers_folder}/flatbuffers SYMBOLIC)

function(moonlet_flatbuffer target schema)
  cmake_path(GET schema STEM name)
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/${target})
  set(header ${folder}/${name}_generated.h)
  add_custom_command(
    OUTPUT ${header}
    COMMAND ${MOONLET_FLATC} --cpp --scoped-enums -o ${folder} ${CMAKE_CURRENT_SOURCE_DIR}/${schema}
    DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${schema}
    VERBATIM)
  add_custom_target(${target}_header DEPENDS ${header})
  add_library(${target} INTERFACE)
  add_dependencies(${target} ${target}_header)
  target_include_directories(${target} SYSTEM INTERFACE ${folder} ${CMAKE_BINARY_DIR}/flatbuffers)
endfunction()
