// What opens as a model, and what is refused with which words.
#include "engine/nn/model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "tests/engine/nn/corpus.h"
#include "tests/engine/nn/edit.h"
#include "tests/engine/nn/opened_model.h"
#include "tests/engine/nn/sample_model.h"

namespace moonlet {
namespace model_test {

using namespace moonlet::testing;
using File = std::vector<uint8_t>;

Status Open(std::span<const uint8_t> file) {
  Model model;
  CountingAllocator counter(MallocAllocator());
  const Status s = Model::Open(Bytes::Borrow(file), counter, &model);
  EXPECT_EQ(model.open(), s.ok());
  EXPECT_EQ(counter.live(), 0u);
  return s;
}

void ExpectRefused(const Status& s, const std::string& words) {
  EXPECT_EQ(s.code(), Code::kInvalid);
  EXPECT_NE(std::string(s.what()).find(words), std::string::npos)
      << "said: " << s.what() << "\nexpected: " << words;
}

// A RESHAPE from {1, 4} to {4}, after `change` has had its way with the parts.
struct Parts {
  TensorSpec x = {.shape = {1, 4}, .type = TensorType::INT8, .scales = {0.5f}};
  TensorSpec y = {.shape = {4}, .type = TensorType::INT8, .scales = {0.5f}};
  std::vector<int32_t> op_inputs = {0};
  std::vector<int32_t> op_outputs = {1};
  std::vector<int32_t> inputs = {0};
  std::vector<int32_t> outputs = {1};
};
File Reshape(const Edit<Parts>& change) {
  Parts parts;
  change(parts);
  ModelBuilder b;
  b.Add(parts.x);
  b.Add(parts.y);
  b.Add(BuiltinOperator::RESHAPE, parts.op_inputs, parts.op_outputs);
  return b.Finish(parts.inputs, parts.outputs);
}

TEST(ModelTest, OpensAWellFormedFile) {
  const File file = SampleModel();
  const Status s = Open(file);
  EXPECT_TRUE(s.ok()) << s.what();
}

TEST(ModelTest, RefusesWhatIsNoModel) {
  ExpectRefused(Open({}), "not a .tflite file");
  alignas(8) const char text[] = "#!/usr/bin/env moonlet\nprint 'hello'\n";
  ExpectRefused(Open({reinterpret_cast<const uint8_t*>(text), sizeof(text)}), "not a .tflite file");
}

TEST(ModelTest, RefusesAFileAtAnOddAddress) {
  const File file = SampleModel();
  for (size_t shift = 1; shift < 8; ++shift) {
    File moved(file.size() + shift);
    std::memcpy(moved.data() + shift, file.data(), file.size());
    ExpectRefused(Open(std::span(moved).subspan(shift)), "multiple of 8");
  }
}

// Every prefix is refused or, where only the data behind the tables are gone, refused
// for its buffers; none is read beyond its end (the sanitizer watches).
void ExpectEveryPrefixRefused(const File& file, size_t step) {
  for (size_t size = 0; size < file.size(); size += step) {
    const File cut(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_FALSE(Open(cut).ok()) << size << " of " << file.size() << " bytes";
  }
}

TEST(ModelTest, RefusesATruncatedSample) { ExpectEveryPrefixRefused(SampleModel(), 1); }

TEST(ModelTest, RefusesTruncatedRecordedModels) {
  if (!HasCorpus() && !SharedIsRequired()) GTEST_SKIP() << "no recorded models";
  for (const char* name : {"hello_world_int8", "micro_speech_int8", "mlperf_kws_int8"}) {
    SCOPED_TRACE(name);
    ExpectEveryPrefixRefused(ReadBytes(CorpusFolder(name) / "model.tflite"), 64);
  }
}

TEST(ModelTest, NamesWhatIsWrongWithATensor) {
  const struct {
    Edit<Parts> change;
    const char* words;
  } cases[] = {
      {[](Parts& p) {
         p.x.shape = {1, -4};
       },
       "tensor 0 't0': dimension 2 is -4"},
      {[](Parts& p) {
         p.x.shape = {65536, 65536};
       },
       "shape has more than 2^31 elements"},
      {[](Parts& p) { p.x.shape.assign(9, 1); }, "rank 9, expected at most 8"},
      {[](Parts& p) { p.y.type = static_cast<TensorType>(99); }, "tensor 1 't1': type 99"},
      {[](Parts& p) { p.x.scales = {0.0f}; }, "scale 1 is 0, expected a positive number"},
      {[](Parts& p) { p.x.scales = {-0.5f}; }, "scale 1 is -0.5"},
      {[](Parts& p) { p.x.scales = {NAN}; }, "scale 1 is nan"},
      {[](Parts& p) { p.x.scales = {INFINITY}; }, "scale 1 is inf"},
      {[](Parts& p) { p.x.zero_points = {128}; }, "zero point 1 is 128, outside int8"},
      {[](Parts& p) {
         p.x.zero_points = {1, 2, 3};
       },
       "3 zero points for 1 scales"},
      {[](Parts& p) {
         p.x.scales = {1, 2, 3};
         p.x.axis = 1;
       },
       "3 scales for 4 channels along axis 2"},
      {[](Parts& p) {
         p.x.scales = {1, 2};
         p.x.axis = 2;
       },
       "quantised along axis 3 of 2"},
      {[](Parts& p) {
         p.x.scales = {1, 2};
         p.x.axis = std::numeric_limits<int32_t>::max();
       },
       "quantised along axis 2147483648 of 2"},
      {[](Parts& p) {
         p.x.data = {1, 2, 3};
         p.inputs = {};
       },
       "3 bytes of data, expected 4"},
      {[](Parts& p) {
         p.x.data = {1, 2, 3, 4};
         p.x.variable = true;
         p.inputs = {};
       },
       "a variable with constant data"},
  };
  for (const auto& c : cases) ExpectRefused(Open(Reshape(c.change)), c.words);
}

TEST(ModelTest, NamesWhatIsWrongWithTheGraph) {
  const struct {
    Edit<Parts> change;
    const char* words;
  } cases[] = {
      {[](Parts& p) { p.op_inputs = {2}; }, "operator 1 RESHAPE: input tensor 2 is outside"},
      {[](Parts& p) { p.op_inputs = {-2}; }, "input tensor -2 is outside the file's 2"},
      {[](Parts& p) { p.op_outputs = {-1}; }, "output tensor -1 is outside the file's 2"},
      {[](Parts& p) { p.inputs = {}; }, "input 1, tensor 0 't0', has no value yet"},
      {[](Parts& p) {
         p.inputs = {0, 1};
       },
       "output 1, tensor 1 't1', already has a value"},
      {[](Parts& p) {
         p.inputs = {0, 0};
       },
       "model input 2: tensor 0 't0' is constant"},
      {[](Parts& p) { p.inputs = {7}; }, "model input: tensor 7 is outside the file's 2"},
      {[](Parts& p) { p.outputs = {7}; }, "model output: tensor 7 is outside the file's 2"},
      {[](Parts& p) { p.op_outputs = {}; }, "model output 1: no operator gives tensor 1 't1'"},
      {[](Parts& p) {
         p.x.data = {1, 2, 3, 4};
       },
       "model input 1: tensor 0 't0' is constant"},
  };
  for (const auto& c : cases) ExpectRefused(Open(Reshape(c.change)), c.words);
}

TEST(ModelTest, RefusesABufferThatIsNotThere) {
  ModelBuilder b;
  const int x = b.AddWithBuffer({.shape = {4}}, 9);
  ExpectRefused(Open(b.Finish({}, {x})), "buffer 9 is outside the file's 1");
}

TEST(ModelTest, RefusesDataBehindTheEndOfTheFile) {
  for (const uint64_t offset : {uint64_t{1} << 20, ~uint64_t{0} - 8}) {
    ModelBuilder b;
    const int x = b.AddWithBuffer({.shape = {4}}, b.AddOutsideBuffer(offset, 16));
    ExpectRefused(Open(b.Finish({}, {x})), "lies outside the file");
  }
}

// Tables may share a list; a file of a few kilobytes must not ask for hours.
TEST(ModelTest, RefusesMoreReadingThanTheFileExplains) {
  ModelBuilder b;
  const int x = b.Add({.shape = {1}});
  const std::vector<int32_t> inputs(20000, x);
  auto& fbb = b.buffer();
  const auto list = fbb.CreateVector(inputs);
  std::vector<flatbuffers::Offset<tflite::Operator>> operators;
  for (int i = 0; i < 1000; ++i) operators.push_back(tflite::CreateOperator(fbb, 0, list));
  const auto code = tflite::CreateOperatorCode(fbb, 0, 0, 1, BuiltinOperator::ADD_N);
  const std::vector<flatbuffers::Offset<tflite::OperatorCode>> codes = {code};
  const std::vector<int32_t> shape = {1};
  const std::vector<flatbuffers::Offset<tflite::Tensor>> tensors = {
      tflite::CreateTensorDirect(fbb, &shape)};
  const std::vector<int32_t> graph_inputs = {0};
  const std::vector<flatbuffers::Offset<tflite::SubGraph>> graphs = {
      tflite::CreateSubGraphDirect(fbb, &tensors, &graph_inputs, &graph_inputs, &operators)};
  const std::vector<flatbuffers::Offset<tflite::Buffer>> buffers = {tflite::CreateBuffer(fbb)};
  tflite::FinishModelBuffer(fbb,
                            tflite::CreateModelDirect(fbb, 3, &codes, &graphs, nullptr, &buffers));
  const File file(fbb.GetBufferPointer(), fbb.GetBufferPointer() + fbb.GetSize());
  ExpectRefused(Open(file), "longer lists than the file can hold");
}

TEST(ModelTest, FailureReleasesTheBytesAndKeepsTheModel) {
  class Owner final : public BytesOwner {
   public:
    void Release() override { ++released; }
    int released = 0;
  } owner;
  const File good = SampleModel();
  Model model;
  ASSERT_TRUE(Model::Open(Bytes::Borrow(good), MallocAllocator(), &model).ok());
  const File bad(100, 0);
  EXPECT_FALSE(Model::Open(Bytes(bad, &owner), MallocAllocator(), &model).ok());
  EXPECT_EQ(owner.released, 1);
  EXPECT_TRUE(model.open());
  EXPECT_EQ(model.bytes().data(), good.data());
}

}  // namespace model_test
}  // namespace moonlet
