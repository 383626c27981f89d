// The project's own model on its held-out images, without the script around it.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "engine/kernels/quantize.h"
#include "tests/engine/nn/opened_model.h"
#include "tests/shared_data.h"

namespace moonlet {
namespace digits_test {

using namespace moonlet::testing;

// The elements of a .npy file of bytes: what follows its header of 128 bytes.
std::vector<uint8_t> ReadElements(const char* path) {
  std::vector<uint8_t> file = ReadBytes(path);
  file.erase(file.begin(), file.begin() + std::min<std::ptrdiff_t>(128, std::ssize(file)));
  return file;
}

TEST(DigitsTest, ReadsTheHeldOutImages) {
  OpenedModel m(ReadBytes("scripts/apps/digits.tflite"));
  ASSERT_TRUE(m.status().ok()) << m.status().what();
  const std::vector<uint8_t> images = ReadElements("scripts/apps/digits_images.npy");
  const std::vector<uint8_t> labels = ReadElements("scripts/apps/digits_labels.npy");
  ASSERT_EQ(images.size(), labels.size() * 64);
  const Tensor input = m.session().input(0);
  ASSERT_EQ(input.bytes(), 64u);
  const Quantization q = m.session().input_quantization(0);
  size_t right = 0;
  for (size_t i = 0; i < labels.size(); ++i) {
    float image[64];
    for (size_t k = 0; k < 64; ++k) image[k] = static_cast<float>(images[64 * i + k]) / 16;
    Quantize<int8_t>(image, 64, q.scale, q.zero_point, input.as<int8_t>());
    ASSERT_TRUE(m.Run().ok());
    const Tensor output = m.session().output(0);
    ASSERT_EQ(output.size(), 10);
    const int8_t* first = output.as<int8_t>();
    if (std::max_element(first, first + 10) - first == labels[i]) ++right;
  }
  EXPECT_GE(static_cast<double>(right), 0.97 * static_cast<double>(labels.size()));
}

}  // namespace digits_test
}  // namespace moonlet
