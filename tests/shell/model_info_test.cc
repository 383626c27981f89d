#include "shell/model_info.h"

#include <gtest/gtest.h>

#include <string>

#include "bindings/modules.h"
#include "tests/shared_data.h"

namespace moonlet {
namespace model_info_test {

struct Printed {
  int code;
  std::string out, err;
};

Printed Info(const std::string& path, bool json) {
  RuntimeOptions options;
  options.open_builtin = OpenBuiltinModule;
  options.builtin_names = BuiltinNames();
  Runtime runtime;
  EXPECT_TRUE(runtime.Open(options).ok());
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  const int code = PrintModelInfo(runtime, path.c_str(), json);
  Printed printed;
  printed.code = code;
  printed.out = ::testing::internal::GetCapturedStdout();
  printed.err = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(lua_gettop(runtime.state()), 0);
  return printed;
}

constexpr const char* kDigits = "scripts/apps/digits.tflite";

TEST(ModelInfo, PrintsTheAnalysisAsText) {
  const Printed printed = Info(kDigits, false);
  EXPECT_EQ(printed.code, 0) << printed.err;
  EXPECT_EQ(printed.out.find("digits.tflite: "), 0u) << printed.out;
  EXPECT_NE(printed.out.find("CONV_2D"), std::string::npos);
  EXPECT_EQ(printed.out.back(), '\n');
}

TEST(ModelInfo, PrintsOneJsonObject) {
  const Printed printed = Info(kDigits, true);
  EXPECT_EQ(printed.code, 0) << printed.err;
  EXPECT_EQ(printed.out.find("{\"name\": \"digits.tflite\", \"bytes\": "), 0u) << printed.out;
  EXPECT_NE(printed.out.find("\"shape\": [1, 8, 8, 1]"), std::string::npos) << printed.out;
  EXPECT_NE(printed.out.find("\"unsupported\": []}\n"), std::string::npos) << printed.out;
  EXPECT_NE(printed.out.find("\"scale\": 0.00390625, \"zero_point\": -128"), std::string::npos);
}

TEST(ModelInfo, WhatIsNoModelIsAnError) {
  const Printed printed = Info("README.md", true);
  EXPECT_EQ(printed.code, 1);
  EXPECT_EQ(printed.out, "");
  EXPECT_EQ(printed.err.find("moonlet: README.md: not a .tflite file"), 0u) << printed.err;
  EXPECT_EQ(Info("no such file", false).code, 1);
}

TEST(ModelInfo, AModelThatCannotRunIsDescribedAndAnError) {
  const auto path = moonlet::testing::SharedFolder() / "corpus/person_detect_vela/model.tflite";
  if (!std::filesystem::exists(path) && !moonlet::testing::SharedIsRequired())
    GTEST_SKIP() << "no recorded models";
  const Printed printed = Info(path.string(), true);
  EXPECT_EQ(printed.code, 1);
  EXPECT_NE(printed.out.find("\"reason\": \""), std::string::npos) << printed.out;
}

}  // namespace model_info_test
}  // namespace moonlet
