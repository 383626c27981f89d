// shell/test_files.h - which files `moonlet test PATHS` means. Host only.
#pragma once
#include <string>
#include <vector>

namespace moonlet {

// Appends `path` itself, or every *_test.lua below a folder, in order. Gives a message when
// the folder cannot be read or holds none, else nothing.
std::string FindTests(const std::string& path, std::vector<std::string>* files);

}  // namespace moonlet
