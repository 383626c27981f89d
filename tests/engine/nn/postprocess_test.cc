// CIRCULAR_BUFFER, TFLite_Detection_PostProcess and TFLM_DECODE: results by hand, and what
// each refuses.
#include <gtest/gtest.h>

#include <cstring>

#include "tests/engine/nn/custom_case.h"

namespace moonlet {
namespace postprocess_test {

using namespace moonlet::testing;
using Floats = std::vector<float>;
using Bytes8 = std::vector<int8_t>;

template <typename T>
std::vector<T> Content(const Tensor& tensor) {
  const T* data = tensor.as<T>();
  return {data, data + tensor.bytes() / sizeof(T)};
}

const TensorSpec kSlot = {
    .shape = {1, 1, 1, 2}, .type = TensorType::INT8, .scales = {1.0f}, .zero_points = {-1}};

TensorSpec Slots() {
  TensorSpec slots = kSlot;
  slots.shape = {1, 3, 1, 2};
  slots.variable = true;
  return slots;
}

std::vector<uint8_t> Cycles(int64_t cycles) {
  return OptionsOf({.name = "", .tensors = {}, .options = {{"cycles_max", cycles}}});
}

// y = the buffer behind |x|, which reuses what memory it can.
std::vector<uint8_t> BufferModel(int64_t cycles) {
  ModelBuilder b;
  const int x = b.Add(kSlot);
  const int z = b.Add(kSlot);
  b.Add(BuiltinOperator::ABS, {x}, {z});
  const int buffer = b.Add(Slots());
  b.AddCustom("CIRCULAR_BUFFER", {z}, {buffer}, Cycles(cycles));
  const int y = b.Add({.shape = {6}, .type = TensorType::INT8});
  b.Add(BuiltinOperator::RESHAPE, {buffer}, {y});
  return b.Finish({x}, {y});
}

TEST(CircularBuffer, ARunThatEndsEarlyLeavesTheOutputs) {
  OpenedModel m(BufferModel(2));
  ASSERT_TRUE(m.status().ok()) << m.status().what();
  const auto run = [&m](int8_t first, int8_t second) {
    m.session().input(0).as<int8_t>()[0] = first;
    m.session().input(0).as<int8_t>()[1] = second;
    EXPECT_TRUE(m.Run().ok());
    return Content<int8_t>(m.session().output(0));
  };
  EXPECT_EQ(run(1, 2), (Bytes8{0, 0, 0, 0, 0, 0}));
  for (int round = 0; round < 2; ++round) {
    if (round > 0) run(1, 2);
    EXPECT_EQ(run(3, 4), (Bytes8{-1, -1, 1, 2, 3, 4}));
    EXPECT_EQ(run(5, 6), (Bytes8{-1, -1, 1, 2, 3, 4}));
    EXPECT_EQ(run(7, 8), (Bytes8{3, 4, 5, 6, 7, 8}));
    run(9, 9);  // a reset forgets it
    m.session().Reset();
  }
  OpenedModel always(BufferModel(1));
  always.session().input(0).as<int8_t>()[0] = 5;
  always.session().input(0).as<int8_t>()[1] = 6;
  EXPECT_TRUE(always.Run().ok());
  EXPECT_EQ(Content<int8_t>(always.session().output(0)), (Bytes8{-1, -1, -1, -1, 5, 6}));
}

TEST(CircularBuffer, Refusals) {
  const CustomCase valid = {
      .name = "CIRCULAR_BUFFER", .tensors = {kSlot, Slots()}, .options = {{"cycles_max", 1}}};
  ExpectRefusals(
      valid, {{[](CustomCase& c) { c.options["cycles_max"] = 0; }, "'cycles_max' is 0, expected 1"},
              {[](CustomCase& c) { c.tensors[1].variable = false; },
               "buffer (tensor 1 't1') is not a variable"},
              {[](CustomCase& c) {
                 c.tensors[1].shape = {1, 3, 2, 1};
               },
               "has shape {1, 3, 2, 1}, expected {1, 3, 1, 2}"},
              {[](CustomCase& c) {
                 c.tensors[0].shape = {1, 2, 1, 1};
               },
               "has shape {1, 2, 1, 1}, expected {1, 1, 1, 1}"},
              {[](CustomCase& c) { c.tensors[0].shape = {2}; }, "has shape {2}, expected rank 4"},
              {[](CustomCase& c) { c.tensors[1].type = TensorType::INT16; },
               "buffer (tensor 1 't1') is int16, expected int8"}});
  // What an operator reads it may not write, variable or not.
  ModelBuilder b;
  const int buffer = b.Add(Slots());
  b.AddCustom("CIRCULAR_BUFFER", {buffer}, {buffer}, Cycles(1));
  EXPECT_STREQ(OpenedModel(b.Finish({}, {})).status().what(),
               "operator 1 CIRCULAR_BUFFER: output 1, tensor 0 't0', already has a value");
}

TensorSpec FloatConstant(const std::vector<int32_t>& shape, const Floats& values) {
  return {.shape = shape, .data = DataOf(values)};
}

// Three boxes of one size: two that overlap, and one far away.
CustomCase Detector(bool regular) {
  return {.name = "TFLite_Detection_PostProcess",
          .tensors = {{.shape = {1, 3, 4}},
                      FloatConstant({1, 3, 3}, {0, 0.9f, 0.1f, 0, 0.8f, 0.3f, 0, 0.2f, 0.7f}),
                      FloatConstant({3, 4}, {.5f, .5f, 1, 1, .5f, .5f, 1, 1, .5f, .5f, 1, 1}),
                      {.shape = {1, 4, 4}},
                      {.shape = {1, 4}},
                      {.shape = {1, 4}},
                      {.shape = {1}}},
          .outputs = 4,
          .options = {{"max_detections", 2},
                      {"max_classes_per_detection", 2},
                      {"num_classes", 2},
                      {"use_regular_nms", regular ? 1 : 0}},
          .floats = {{"nms_score_threshold", 0.5f},
                     {"nms_iou_threshold", 0.6f},
                     {"y_scale", 10.0f},
                     {"x_scale", 10.0f},
                     {"h_scale", 5.0f},
                     {"w_scale", 5.0f}}};
}
const Floats kEncodings = {0, 0, 0, 0, 1, 0, 0, 0, 50, 0, 0, 0};

TEST(Detection, KeepsTheBestOfWhatOverlaps) {
  for (const bool regular : {false, true}) {
    SCOPED_TRACE(regular);
    OpenedModel m(FileOf(Detector(regular)));
    ASSERT_TRUE(m.status().ok()) << m.status().what();
    std::memcpy(m.session().input(0).data, kEncodings.data(), 48);
    ASSERT_TRUE(m.Run().ok());
    const Floats none(8, 0);
    Floats boxes = {0, 0, 1, 1, 0, 0, 1, 1, 5, 0, 6, 1, 5, 0, 6, 1};
    if (regular) boxes = {0, 0, 1, 1, 5, 0, 6, 1, 0, 0, 0, 0, 0, 0, 0, 0};
    EXPECT_EQ(Content<float>(m.session().output(0)), boxes);
    EXPECT_EQ(Content<float>(m.session().output(1)),
              regular ? (Floats{0, 1, 0, 0}) : (Floats{0, 1, 1, 0}));
    EXPECT_EQ(Content<float>(m.session().output(2)),
              regular ? (Floats{0.9f, 0.7f, 0, 0}) : (Floats{0.9f, 0.1f, 0.7f, 0.2f}));
    EXPECT_EQ(*m.session().output(3).as<float>(), 2);
    m.session().input(0).as<float>()[2] = -1000;
    EXPECT_STREQ(m.Run().what(), "operator 1 TFLite_Detection_PostProcess: a box without an area");
  }
}

TEST(Detection, RefusesOtherTensors) {
  CustomCase valid = Detector(false);
  // A run of zeros is one of three boxes on one place.
  ExpectRefusals(
      valid,
      {{[](CustomCase& c) {
          c.tensors[0].shape = {3, 4};
        },
        "expected {1, boxes, 4}"},
       {[](CustomCase& c) {
          c.tensors[0].shape = {1, 4, 3};
        },
        "expected {1, boxes, 4}"},
       {[](CustomCase& c) {
          c.tensors[0].shape = {1, 70000, 4};
        },
        "70000 boxes, expected at most"},
       {[](CustomCase& c) {
          c.tensors[1].shape = {1, 9};
        },
        "scores (tensor 1 't1') has shape"},
       {[](CustomCase& c) { c.tensors[1].type = TensorType::INT32; }, "is int32, expected float32"},
       {[](CustomCase& c) {
          c.tensors[2].shape = {4, 3};
        },
        "has shape {4, 3}, expected {3, 4}"},
       {[](CustomCase& c) {
          c.tensors[3].shape = {1, 3, 4};
        },
        "boxes (tensor 3 't3') has shape {1, 3, 4}, expected {1, 4, 4}"},
       {[](CustomCase& c) {
          c.tensors[3].shape = {1, 1 << 21, 4};
        },
        "2097152 rows, expected at most 1048576"},
       {[](CustomCase& c) { c.tensors[4].shape = {4}; }, "classes (tensor 4 't4') has shape {4}"},
       {[](CustomCase& c) {
          c.tensors[5].shape = {1, 5};
        },
        "scores (tensor 5 't5') has shape"},
       {[](CustomCase& c) { c.tensors[6].shape = {2}; }, "number (tensor 6 't6') has shape {2}"},
       {[](CustomCase& c) { c.tensors.pop_back(), c.outputs = 3; },
        "3 outputs, expected 3 and 4"}});
}

TEST(Detection, RefusesOtherOptions) {
  ExpectRefusals(
      Detector(true),
      {{[](CustomCase& c) { c.options["num_classes"] = 4; }, "'num_classes' is 4, expected 1 to 3"},
       {[](CustomCase& c) { c.options["num_classes"] = 1; }, "3 scores of a box for 1 classes"},
       {[](CustomCase& c) { c.options["max_detections"] = 0; }, "is 0, expected 1 to"},
       {[](CustomCase& c) { c.options["max_detections"] = 5; }, "expected {1, 5, 4}"},
       {[](CustomCase& c) { c.options["detections_per_class"] = 0; }, "is 0, expected 1 to"},
       {[](CustomCase& c) { c.options["use_regular_nms"] = 2; }, "is 2, expected 0 to 1"},
       {[](CustomCase& c) { c.floats["nms_iou_threshold"] = 0; }, "is 0, expected above 0 to 1"},
       {[](CustomCase& c) { c.floats["nms_iou_threshold"] = 1.5f; }, "expected above 0 to 1"},
       {[](CustomCase& c) { c.floats.erase("nms_score_threshold"); }, "is missing"},
       {[](CustomCase& c) { c.floats["h_scale"] = 0; }, "'h_scale' is 0, expected a positive"}});
}

std::vector<uint8_t> Table(uint8_t method, uint8_t fifth, uint8_t sixth,
                           const std::vector<uint8_t>& entries) {
  std::vector<uint8_t> bytes = {method, 1, 0, 0, 1, fifth, sixth, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  bytes.insert(bytes.end(), entries.begin(), entries.end());
  return bytes;
}

CustomCase Decoder(const std::vector<uint8_t>& codes, const std::vector<uint8_t>& table,
                   const TensorSpec& output) {
  const auto constant = [](const std::vector<uint8_t>& bytes) {
    return TensorSpec{
        .shape = {static_cast<int32_t>(bytes.size())}, .type = TensorType::UINT8, .data = bytes};
  };
  return {.name = "TFLM_DECODE", .tensors = {constant(codes), constant(table), output}};
}

Bytes8 Decoded(const CustomCase& c) {
  OpenedModel m(FileOf(c));
  EXPECT_TRUE(m.status().ok()) << m.status().what();
  if (!m.status().ok()) return {};
  EXPECT_TRUE(m.Run().ok());
  return Content<int8_t>(m.session().output(0));
}

TEST(Decode, ByTableMaskAndPrefix) {
  TensorSpec six = {.shape = {2, 3}, .type = TensorType::INT8, .scales = {1}, .zero_points = {-5}};
  // Indices 0, 1, 2, 3, 3, 0 in two bits.
  CustomCase by_table = Decoder({0x1B, 0xC0}, Table(0, 2, 4, {10, 20, 30, 40}), six);
  EXPECT_EQ(Decoded(by_table), (Bytes8{10, 20, 30, 40, 40, 10}));
  by_table.tensors[2].scales = {1, 1};  // rows with a table each
  by_table.tensors[2].zero_points = {0, 0};
  by_table.tensors[1].data = Table(0, 2, 3, {1, 2, 3, 4, 5, 6, 7});
  by_table.tensors[1].shape = {23};
  EXPECT_EQ(Decoded(by_table), (Bytes8{1, 2, 3, 7, 7, 4}));
  CustomCase by_mask = Decoder({0xB4}, Table(2, 0, 0, {1, 2, 3, 4}), six);
  EXPECT_EQ(Decoded(by_mask), (Bytes8{1, -5, 2, 3, -5, 4}));
  by_mask.tensors[2].scales = {1, 1, 1};
  by_mask.tensors[2].axis = 1;
  by_mask.tensors[2].zero_points = {7, 8, 9};
  EXPECT_EQ(Decoded(by_mask), (Bytes8{1, 8, 2, 3, 8, 4}));
  // 0 is 7, 10 is 8, 11 is 9: a look-up of one bit, then of another.
  const TensorSpec four = {.shape = {4}, .type = TensorType::INT8};
  EXPECT_EQ(Decoded(Decoder({0x58}, Table(1, 0, 0, {7, 0x88, 1, 0, 8, 0x88, 9, 0x88}), four)),
            (Bytes8{7, 8, 9, 7}));
  // The same codes by one look-up of two bits, which the 0 gives one back.
  EXPECT_EQ(Decoded(Decoder({0x58}, Table(1, 0x10, 0, {7, 0x88, 7, 0x88, 8, 0x90, 9, 0x90}), four)),
            (Bytes8{7, 8, 9, 7}));
}

TEST(Decode, Refusals) {
  const TensorSpec four = {.shape = {4}, .type = TensorType::INT8};
  const auto shorten = [](CustomCase& c, size_t k, size_t bytes) {
    c.tensors[k].data.resize(bytes);
    c.tensors[k].shape = {static_cast<int32_t>(bytes)};
  };
  ExpectRefusals(
      Decoder({0x1B}, Table(0, 2, 4, {10, 20, 30, 40}), four),
      {{[](CustomCase& c) { c.tensors[0].data = {}; }, "codes (tensor 0 't0') is computed"},
       {[](CustomCase& c) { c.tensors[1].data[0] = 3; }, "has method 3, expected 0 to 2"},
       {[](CustomCase& c) { c.tensors[1].data[1] = 2; }, "has versions 2 and 1, expected 1"},
       {[](CustomCase& c) { c.tensors[1].data[4] = 0; }, "has versions 1 and 0, expected 1"},
       {[](CustomCase& c) { c.tensors[1].data[5] = 0; }, "has indices of 0 bits"},
       {[&](CustomCase& c) { shorten(c, 1, 19); }, "do not give the 4 values of output"},
       {[&](CustomCase& c) { shorten(c, 1, 15); }, "has 15 bytes, expected at least 16"},
       {[](CustomCase& c) { c.tensors[2].shape = {5}; }, "do not give the 5 values of output"},
       {[](CustomCase& c) { c.tensors.erase(c.tensors.begin()); },
        "1 inputs and 1 outputs, expected two inputs for each"}});
  ExpectRefusals(Decoder({0xF0}, Table(2, 0, 0, {1, 2, 3, 4}), four),
                 {{[&](CustomCase& c) { shorten(c, 1, 19); }, "do not give the 4 values"},
                  {[](CustomCase& c) { c.tensors[2].shape = {9}; }, "do not give the 9 values"}});
  const std::vector<uint8_t> prefix = Table(1, 0, 0, {7, 0x88, 1, 0, 8, 0x88, 9, 0x88});
  ExpectRefusals(
      Decoder({0x58}, prefix, four),
      {{[&](CustomCase& c) { shorten(c, 1, 22); }, "do not give the 4 values"},
       {[](CustomCase& c) { c.tensors[2].shape = {9}; }, "do not give the 9 values"},
       {[](CustomCase& c) { c.tensors[1].data[17] = 0x98; }, "do not give the 4 values"},
       {[](CustomCase& c) { c.tensors[2].type = TensorType::INT16; }, "a table of 16 bits"},
       {[](CustomCase& c) { c.tensors[2].type = TensorType::FLOAT32; }, "expected int8 or int16"}});
}

}  // namespace postprocess_test
}  // namespace moonlet
