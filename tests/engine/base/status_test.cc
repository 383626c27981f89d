#include "engine/base/status.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

namespace moonlet {
namespace status_test {

TEST(Status, DefaultIsOkWithEmptyMessage) {
  const Status status;
  EXPECT_TRUE(status.ok());
  EXPECT_STREQ(status.what(), "");
}

TEST(Status, CarriesCodeAndFormattedMessage) {
  const Status status = Status::Invalid("operator %d: expected %s", 7, "int8");
  EXPECT_FALSE(status.ok());
  EXPECT_EQ(status.code(), Code::kInvalid);
  EXPECT_STREQ(status.what(), "operator 7: expected int8");
}

TEST(Status, CutsALongMessageInsideItsBuffer) {
  const Status status = Status::Unsupported("%s", std::string(1000, 'x').c_str());
  EXPECT_LT(std::strlen(status.what()), sizeof(Status));
  EXPECT_GT(std::strlen(status.what()), 150u);
}

}  // namespace status_test
}  // namespace moonlet
