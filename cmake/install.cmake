# What `make install` and `cmake --install` copy: the command, the library and applications where
# it looks for them (shell/paths.cc: share/moonlet beside the folder of the executable), the
# device's image if it is built, the manual page and the reference made by the command itself.
set(manual ${CMAKE_BINARY_DIR}/manual)
file(GLOB_RECURSE library CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/scripts/lib/*.lua)
set(doc ${CMAKE_COMMAND} -E env MOONLET_LIB=${CMAKE_SOURCE_DIR}/scripts/lib $<TARGET_FILE:moonlet> doc)
add_custom_command(
  OUTPUT ${manual}/moonlet.1
  COMMAND ${CMAKE_COMMAND} -E make_directory ${manual}/meta
  COMMAND ${doc} --format html -o ${manual}/reference.html
  COMMAND ${doc} --format luals -o ${manual}/meta
  COMMAND ${doc} --format man -o ${manual}/moonlet.1
  DEPENDS moonlet ${library}
  COMMENT "Writing the manual"
  VERBATIM)
add_custom_target(moonlet_manual ALL DEPENDS ${manual}/moonlet.1)

install(TARGETS moonlet RUNTIME DESTINATION bin)
install(DIRECTORY scripts/lib scripts/apps DESTINATION share/moonlet)
install(DIRECTORY ${manual}/meta DESTINATION share/moonlet)
install(FILES build/device/moonlet.elf build/device/rom.img
  DESTINATION share/moonlet/device OPTIONAL)
install(FILES ${manual}/moonlet.1 DESTINATION share/man/man1)
install(FILES tools/completion.bash
  DESTINATION share/bash-completion/completions RENAME moonlet)
install(FILES ${manual}/reference.html README.md CHANGELOG.md LICENSE THIRD_PARTY.md
  DESTINATION share/doc/moonlet)
install(DIRECTORY docs DESTINATION share/doc/moonlet)
