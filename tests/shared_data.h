// tests/shared_data.h - recorded test data outside the repository: $MOONLET_SHARED, else
// ../shared. Tests that need them leave themselves out where they are absent; with
// MOONLET_REQUIRE_SHARED=1 fewer cases than tests/expected_counts.txt records fail.
#pragma once
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

namespace moonlet::testing {

inline std::filesystem::path SharedFolder() {
  const char* folder = std::getenv("MOONLET_SHARED");
  return folder != nullptr ? folder : "../shared";
}

inline bool SharedIsRequired() {
  const char* required = std::getenv("MOONLET_REQUIRE_SHARED");
  return required != nullptr && std::string(required) == "1";
}

inline std::vector<uint8_t> ReadBytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

inline std::string ReadText(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// Prints what was compared, and fails when it is less than recorded under `name`.
inline void ExpectCounts(const std::string& name, long cases, long bytes) {
  std::cout << name << ": " << cases << " cases, " << bytes << " bytes compared\n";
  std::istringstream lines(ReadText("tests/expected_counts.txt"));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    std::string found;
    long expected_cases = 0;
    long expected_bytes = 0;
    if (!(fields >> found >> expected_cases >> expected_bytes) || found != name) continue;
    if (!SharedIsRequired()) return;
    EXPECT_GE(cases, expected_cases);
    EXPECT_GE(bytes, expected_bytes);
    return;
  }
  ADD_FAILURE() << name << " is not in tests/expected_counts.txt";
}

}  // namespace moonlet::testing
