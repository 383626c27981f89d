// bindings/ml_report.cc - ml.classification_report.
#include <algorithm>
#include <cstdio>
#include <cstring>

#include "bindings/ml_metrics.h"
#include "bindings/ml_parts.h"
#include "bindings/report.h"

namespace moonlet {
namespace {

constexpr int kMostDigits = 12;

void SetScore(lua_State* L, const ml::ClassScore& score) {
  SetNumber(L, "precision", score.precision);
  SetNumber(L, "recall", score.recall);
  SetNumber(L, "f1", score.f);
  SetInteger(L, "support", static_cast<uint64_t>(score.support));
}

void SetAverage(lua_State* L, const char* name, ml::ClassCounts counts, ml::Average average,
                double zero) {
  lua_createtable(L, 0, 4);
  SetScore(L, ml::AverageScore(counts, average, 1, zero));
  lua_setfield(L, -2, name);
}

// The text of the field `label` of the table on top.
void LabelText(lua_State* L, char* text) {
  lua_getfield(L, -1, "label");
  std::snprintf(text, kNameSize, "%s", luaL_tolstring(L, -1, nullptr));
  lua_pop(L, 2);
}

// Writes a line with the scores in the table on top.
void ScoreLine(lua_State* L, const char* name, int width, int digits, char* line) {
  const int table = lua_gettop(L);
  std::snprintf(line, kLineSize, "%*s  %9.*f %9.*f %9.*f %9lld\n", width, name, digits,
                static_cast<double>(NumberField(L, table, "precision")), digits,
                static_cast<double>(NumberField(L, table, "recall")), digits,
                static_cast<double>(NumberField(L, table, "f1")),
                static_cast<long long>(IntegerField(L, table, "support")));
}

// Pushes field `name` of the report, a table whatever a script made of it.
void PushPart(lua_State* L, int report, const char* name) {
  if (lua_getfield(L, report, name) == LUA_TTABLE) return;
  lua_pop(L, 1);
  lua_newtable(L);
}

// Pushes the row at `i` of the table on top.
void PushRow(lua_State* L, lua_Integer i) {
  if (lua_rawgeti(L, -1, i) == LUA_TTABLE) return;
  lua_pop(L, 1);
  lua_newtable(L);
}

int WidthOf(lua_State* L, int report, int digits) {
  int width = std::max(digits, static_cast<int>(std::strlen("weighted avg")));
  PushPart(L, report, "classes");
  const auto rows = static_cast<lua_Integer>(lua_rawlen(L, -1));
  for (lua_Integer i = 1; i <= rows; ++i) {
    char label[kNameSize];
    PushRow(L, i);
    LabelText(L, label);
    Widen(&width, label, static_cast<int>(kNameSize));
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return width;
}

// A report's text, scikit-learn's but for the last line's end.
int ReportToString(lua_State* L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  const int digits =
      static_cast<int>(std::clamp<lua_Integer>(IntegerField(L, 1, "digits"), 0, kMostDigits));
  const int width = WidthOf(L, 1, digits);
  PushPart(L, 1, "classes");
  const auto rows = static_cast<lua_Integer>(lua_rawlen(L, -1));
  char line[kLineSize], label[kNameSize];
  luaL_Buffer text;
  luaL_buffinit(L, &text);
  std::snprintf(line, kLineSize, "%*s  %9s %9s %9s %9s\n\n", width, "", "precision", "recall",
                "f1-score", "support");
  luaL_addstring(&text, line);
  for (lua_Integer i = 1; i <= rows; ++i) {
    lua_pushvalue(L, 2);
    PushRow(L, i);
    LabelText(L, label);
    ScoreLine(L, label, width, digits, line);
    lua_pop(L, 2);
    luaL_addstring(&text, line);
  }
  std::snprintf(line, kLineSize, "\n%*s  %9s %9s %9.*f %9lld\n", width, "accuracy", "", "", digits,
                static_cast<double>(NumberField(L, 1, "accuracy")),
                static_cast<long long>(IntegerField(L, 1, "support")));
  luaL_addstring(&text, line);
  static constexpr const char* kNames[][2] = {{"macro", "macro avg"}, {"weighted", "weighted avg"}};
  for (const auto& [field, name] : kNames) {
    PushPart(L, 1, field);
    ScoreLine(L, name, width, digits, line);
    lua_pop(L, 1);
    luaL_addlstring(&text, line, std::strlen(line) - (field == kNames[1][0] ? 1 : 0));
  }
  luaL_pushresult(&text);
  return 1;
}

// ml.classification_report(y, predicted [, options])
int ClassificationReport(lua_State* L) {
  lua_settop(L, 3);
  static constexpr const char* kNames[] = {"digits", "zero_division"};
  const OptionTable options(L, 3, kNames);
  const int64_t digits = options.Integer("digits", 2, 0, kMostDigits);
  const double zero = options.Number("zero_division", 0, 0, 1);
  const LabelPair pair = CheckLabelPair(L, OptionTable(L, 4, {}));
  const auto classes = static_cast<size_t>(pair.all.classes);
  auto* counts = PushRoom<ml::ClassCount>(L, pair.all.classes);
  ml::CountClasses(pair.y, counts);
  lua_createtable(L, 0, 6);
  lua_createtable(L, static_cast<int>(classes), 0);
  for (size_t k = 0; k < classes; ++k) {
    lua_createtable(L, 0, 5);
    PushLabel(L, *pair.all.labels, pair.all.dtype, static_cast<Index>(k));
    lua_setfield(L, -2, "label");
    SetScore(L, ml::ScoreOf(counts[k], 1, zero));
    lua_rawseti(L, -2, static_cast<lua_Integer>(k + 1));
  }
  lua_setfield(L, -2, "classes");
  SetAverage(L, "macro", {counts, classes}, ml::Average::kMacro, zero);
  SetAverage(L, "weighted", {counts, classes}, ml::Average::kWeighted, zero);
  SetNumber(L, "accuracy", ml::Accuracy(pair.y));
  SetInteger(L, "support", static_cast<uint64_t>(pair.y.count));
  SetInteger(L, "digits", static_cast<uint64_t>(digits));
  SetReportType(L, "moonlet.classification_report", ReportToString);
  return 1;
}

constexpr Entry kReportTable[] = {
    {"classification_report", ClassificationReport,
     "ml.classification_report(y, predicted [, options]) -> table",
     "y, predicted: labels {samples}; options: digits: after the point, 2; zero_division: 0 to 1, "
     "0; result: classes[i].label precision recall f1 support; macro, weighted: the same as means; "
     "accuracy, support, digits",
     Doc("Precision, recall and F1 score of each class, their means, and the accuracy: a table "
         "that prints as scikit-learn's text."),
     Doc("local report = ml.classification_report({0, 1, 1, 1}, {0, 1, 0, 1})\n"
         "print(report.accuracy, report.classes[1].precision) --> 0.75 0.5")},
};

}  // namespace

const std::span<const Entry> kMlReport = kReportTable;

}  // namespace moonlet
