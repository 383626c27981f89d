// bindings/ml_trees_csv.cc - trees that emlearn wrote as text.
#include <new>
#include <string_view>

#include "bindings/ml_estimator.h"
#include "bindings/ml_parts.h"
#include "bindings/tensor_parts.h"
#include "engine/base/bytes.h"
#include "engine/ml/kinds.h"
#include "engine/ml/trees_csv.h"
#include "vm/files.h"
#include "vm/runtime.h"

namespace moonlet {
namespace {

Status ReadTreesText(lua_State* L, std::string_view text, ml::Estimator* e) noexcept {
  const ml::Work work = {Runtime::Of(L).engine_memory(), StopOf(L)};
  return ml::ReadTreesCsv(text, work, e);
}

Status ReadTreesPath(lua_State* L, const char* path, ml::Estimator* e) noexcept {
  Bytes bytes;
  if (Status s = ReadFile(L, path, false, &bytes); !s.ok()) return s;
  const auto* text = reinterpret_cast<const char*>(bytes.span().data());
  return ReadTreesText(L, {text, bytes.span().size()}, e);
}

// ml.load_trees_csv(path) -> estimator | nil, message
int LoadTreesCsv(lua_State* L) {
  const char* path = luaL_checkstring(L, 1);
  EstimatorBox& box = PushEstimator(L, ml::kForest);
  if (Status s = ReadTreesPath(L, path, &box.estimator); !s.ok()) return PushFailure(L, path, s);
  return 1;
}

// ml.parse_trees_csv(text) -> estimator | nil, message
int ParseTreesCsv(lua_State* L) {
  size_t size;
  const char* text = luaL_checklstring(L, 1, &size);
  EstimatorBox& box = PushEstimator(L, ml::kForest);
  if (Status s = ReadTreesText(L, {text, size}, &box.estimator); !s.ok())
    return PushFailure(L, "trees", s);
  return 1;
}

constexpr Entry kTreesCsvTable[] = {
    {"load_trees_csv", LoadTreesCsv, "ml.load_trees_csv(path) -> estimator | nil, message", "",
     Doc("A forest that emlearn wrote as text for emlearn-micropython: `forest` with the classes "
         "0, 1, ..., whose `predict_proba` is the share of votes, or `forest_regressor`. The "
         "thresholds count as they stand in the file. A message names the line that is wrong."),
     Doc("print(ml.load_trees_csv \"no such file.csv\" == nil) --> true")},
    {"parse_trees_csv", ParseTreesCsv, "ml.parse_trees_csv(text) -> estimator | nil, message", "",
     Doc("What `ml.load_trees_csv` gives, of the text itself."),
     Doc("local model = ml.parse_trees_csv \"f,1\\nc,2\\nl,0\\nl,1\\nr,0\\nn,0,3.5,-1,-2\\n\"\n"
         "print(model:predict(tensor.new {{3}, {4}}):totable()[2]) --> 1")},
};

}  // namespace

const std::span<const Entry> kMlTreesCsv = kTreesCsvTable;

}  // namespace moonlet
