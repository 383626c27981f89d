#include "engine/ml/trees_csv.h"

#include <algorithm>
#include <cmath>

#include "engine/ml/kinds.h"
#include "engine/ml/trees.h"

namespace moonlet::ml {
namespace {

constexpr double kMostClasses = 256;
constexpr int kMostFields = 5;

// string_view::substr would raise.
std::string_view Part(std::string_view text, size_t first, size_t end) {
  return {text.data() + first, end - first};
}

// A decimal number; false for anything else. To the last bit where it has up to 15 digits.
bool ReadNumber(std::string_view text, double* number) {
  size_t at = 0;
  const auto sign = [&] {
    const bool minus = at < text.size() && text[at] == '-';
    if (minus || (at < text.size() && text[at] == '+')) ++at;
    return minus;
  };
  const auto digit = [&] { return at < text.size() && text[at] >= '0' && text[at] <= '9'; };
  constexpr double kMostDigits = 1e17;
  constexpr int kMostExponent = 1000;
  double digits = 0;
  int exponent = 0;
  bool any = false;
  const auto read = [&](int step) {
    for (; digit(); ++at, any = true) {
      const bool more = digits < kMostDigits;
      if (more) digits = digits * 10 + (text[at] - '0');
      exponent += more ? step : step + 1;
    }
  };
  const bool minus = sign();
  read(0);
  if (at < text.size() && text[at] == '.') {
    ++at;
    read(-1);
  }
  if (any && at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    const bool below = sign();
    int given = 0;
    any = digit();
    for (; digit(); ++at) given = std::min(given * 10 + (text[at] - '0'), kMostExponent);
    exponent += below ? -given : given;
  }
  if (!any || at != text.size()) return false;
  for (exponent = std::clamp(exponent, -kMostExponent, kMostExponent); exponent > 0; --exponent)
    digits *= 10;
  double divisor = 1;
  for (; exponent < 0 && divisor < 1e22; ++exponent) divisor *= 10;
  digits /= divisor;
  for (; exponent < 0; ++exponent) digits /= 10;
  *number = minus ? -digits : digits;
  return true;
}

// The float32 that splits float32 numbers as a double does: not above it.
float Down(double threshold) {
  const auto nearest = static_cast<float>(std::clamp(threshold, -3e38, 3e38));
  return double{nearest} > threshold ? std::nextafterf(nearest, -INFINITY) : nearest;
}

class Reader {
 public:
  explicit Reader(const Work& work)
      : work_(work), grown_(work.memory), lines_(work.memory), leaves_(work.memory) {}

  Status Read(std::string_view text) {
    for (line_ = 1; !text.empty(); ++line_) {
      const size_t end = std::min(text.find('\n'), text.size());
      std::string_view line = Part(text, 0, end);
      text.remove_prefix(std::min(end + 1, text.size()));
      while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
      if (Status s = ReadLine(line); !s.ok()) return s;
      if (Status s = line_ % kLinesBetweenPolls == 0 ? work_.Poll() : Status(); !s.ok()) return s;
    }
    return {};
  }
  Status Make(Estimator* e);

 private:
  static constexpr int kLinesBetweenPolls = 1000;

  template <typename... Values>
  Status Wrong(int line, const char* format, Values... values) const {
    const Status s = Status::Invalid(format, values...);
    return Status::Invalid("line %d: %s", line, s.what());
  }

  Status ReadLine(std::string_view line);
  Status ReadNode(const double* numbers);
  Status AddLeaf(double value);
  bool TakeWhole(double number, double least, double most, double* whole) const {
    *whole = number;
    return number >= least && number <= most && number == std::floor(number);
  }

  Status Resolve(Index id, int32_t* child);
  Status Link();
  Status AppendLeaves();
  Status CheckParents();
  Status MakeLabels(Estimator* e) const;

  bool regression() const { return leaf_bits_ == 32; }

  const Work& work_;
  GrownTrees grown_;     // its nodes are those of the lines, then the leaves
  List<int32_t> lines_;  // of nodes
  List<double> leaves_;  // classes or values
  int line_ = 0;
  double features_ = 0, classes_ = -1, leaf_bits_ = 0;  // classes_: -1 when no line tells
  double most_feature_ = 0, most_class_ = 0;
};

Status Reader::AddLeaf(double value) {
  if (!regression()) {
    if (!TakeWhole(value, 0, (classes_ >= 0 ? classes_ : kMostClasses) - 1, &value))
      return Wrong(line_, "no class %g", value);
    most_class_ = std::max(most_class_, value);
  }
  return leaves_.Add(value) ? Status() : leaves_.Refusal();
}

Status Reader::ReadNode(const double* numbers) {
  double feature, left, right;
  const double most = (features_ > 0 ? features_ : double{kMostTreeFeatures}) - 1;
  if (!TakeWhole(numbers[0], -1, most, &feature)) return Wrong(line_, "no feature %g", numbers[0]);
  if (!TakeWhole(numbers[2], INT32_MIN, INT32_MAX, &left) ||
      !TakeWhole(numbers[3], INT32_MIN, INT32_MAX, &right))
    return Wrong(line_, "a node leads to whole numbers");
  if (feature < 0) {  // a leaf of the oldest files
    if (Status s = AddLeaf(numbers[1]); !s.ok()) return s;
    left = right = -static_cast<double>(leaves_.size());
  }
  most_feature_ = std::max(most_feature_, feature);
  const GrownNode node = {static_cast<int32_t>(feature), Down(numbers[1]),
                          static_cast<int32_t>(left), static_cast<int32_t>(right)};
  if (!grown_.nodes.Add(node)) return grown_.nodes.Refusal();
  return lines_.Add(line_) ? Status() : lines_.Refusal();
}

Status Reader::ReadLine(std::string_view line) {
  if (line.empty()) return {};
  double numbers[kMostFields] = {};
  const size_t word = std::min(line.find(','), line.size());
  const std::string_view kind = Part(line, 0, word);
  int fields = 0;
  for (size_t at = word; at < line.size(); ++fields) {
    const size_t end = std::min(line.find(',', at + 1), line.size());
    if (fields == kMostFields) return Wrong(line_, "too many fields");
    if (!ReadNumber(Part(line, at + 1, end), &numbers[fields]))
      return Wrong(line_, "field %d is no number", fields + 2);
    at = end;
  }
  const int expected = kind == "n" ? 4 : 1;
  if (kind != "n" && kind != "l" && kind != "r" && kind != "f" && kind != "c" && kind != "lf")
    return Wrong(line_, "a line starts with f, c, lf, l, r or n");
  if (fields != expected) return Wrong(line_, "%d numbers expected, got %d", expected, fields);
  if (kind == "n") return ReadNode(numbers);
  if (kind == "l") return AddLeaf(numbers[0]);
  double whole;
  if (kind == "r") {
    if (!TakeWhole(numbers[0], 0, INT32_MAX, &whole)) return Wrong(line_, "no node %g", numbers[0]);
    return grown_.roots.Add(static_cast<int32_t>(whole)) ? Status() : grown_.roots.Refusal();
  }
  if (grown_.nodes.size() > 0 || leaves_.size() > 0)
    return Wrong(line_, "f, c and lf come before leaves and nodes");
  if (kind == "f") {
    if (!TakeWhole(numbers[0], 1, kMostTreeFeatures, &features_))
      return Wrong(line_, "1 to %td features expected", kMostTreeFeatures);
  } else if (kind == "c") {
    if (!TakeWhole(numbers[0], 0, kMostClasses, &classes_))
      return Wrong(line_, "0 to %g classes expected", kMostClasses);
  } else if (!TakeWhole(numbers[0], 0, 32, &leaf_bits_) || (leaf_bits_ != 0 && !regression())) {
    return Wrong(line_, "leaves of 0 or 32 bits expected");
  }
  return {};
}

// From what the line says to a place among the nodes, leaves at the end.
Status Reader::Resolve(Index id, int32_t* child) {
  const Index nodes = lines_.size(), given = *child;
  if (given < 0) {
    if (-given > leaves_.size()) return Wrong(lines_[id], "no leaf %td", -given);
    *child = static_cast<int32_t>(nodes - 1 - given);
    return {};
  }
  const Index to = features_ > 0 ? id + given : given;
  if (to >= nodes) return Wrong(lines_[id], "no node %td", to);
  if (to <= id && grown_.nodes[to].feature >= 0)
    return Wrong(lines_[id], "leads back to node %td", to);
  *child = grown_.nodes[to].feature < 0 ? grown_.nodes[to].left : static_cast<int32_t>(to);
  return {};
}

// Nodes to their children. Leaves of the oldest files come first: others lead to them.
Status Reader::Link() {
  for (const bool leaf : {true, false})
    for (Index i = 0; i < lines_.size(); ++i) {
      GrownNode& node = grown_.nodes[i];
      if ((node.feature < 0) != leaf) continue;
      if (Status s = Resolve(i, &node.left); !s.ok()) return s;
      if (Status s = Resolve(i, &node.right); !s.ok()) return s;
    }
  for (Index t = 0; t < grown_.roots.size(); ++t) {
    int32_t& root = grown_.roots[t];
    if (root >= lines_.size())
      return Status::Invalid("tree %td starts at node %td of %td", t + 1, Index{root},
                             lines_.size());
    if (grown_.nodes[root].feature < 0) root = grown_.nodes[root].left;
  }
  return {};
}

Status Reader::AppendLeaves() {
  const Index outputs = grown_.outputs, nodes = lines_.size();
  for (Index i = 0; i < nodes + leaves_.size(); ++i)
    for (Index c = 0; c < outputs; ++c) {
      double value = 0;
      if (i >= nodes) value = regression() ? leaves_[i - nodes] : leaves_[i - nodes] == double(c);
      if (!grown_.values.Add(value)) return grown_.values.Refusal();
    }
  for (Index i = 0; i < leaves_.size(); ++i)
    if (!grown_.nodes.Add({-1, 0, 0, 0})) return grown_.nodes.Refusal();
  return {};
}

// That each node belongs to one tree, once: else a file of some lines were a tree of many nodes.
Status Reader::CheckParents() {
  const Index nodes = lines_.size();
  Buffer<uint8_t> parents(work_.memory, nodes);
  if (!parents.ok()) return parents.Refusal();
  const auto add = [&](Index to) { return to >= nodes || parents[to]++ == 0; };
  for (Index t = 0; t < grown_.roots.size(); ++t)
    if (const Index root = grown_.roots[t]; !add(root))
      return Wrong(lines_[root], "the node starts two trees");
  for (Index i = 0; i < nodes; ++i) {
    const GrownNode& node = grown_.nodes[i];
    if (node.feature < 0) continue;
    if (parents[i] == 0) return Wrong(lines_[i], "the node belongs to no tree");
    for (const Index child : {Index{node.left}, Index{node.right}})
      if (!add(child)) return Wrong(lines_[child], "two nodes lead to this one");
  }
  return {};
}

Status Reader::MakeLabels(Estimator* e) const {
  if (e->classes == 0) return {};
  if (Status s = e->state.Make(kLabelArray, DType::kInt64, {e->classes}); !s.ok()) return s;
  for (Index k = 0; k < e->classes; ++k) e->state.own<int64_t>(kLabelArray)[k] = k;
  return {};
}

Status Reader::Make(Estimator* e) {
  if (grown_.roots.size() == 0) return Status::Invalid("no trees");
  e->kind = regression() ? &kForestRegressor : &kForest;
  e->options = Defaults(e->kind->options);
  e->features = static_cast<Index>(features_ > 0 ? features_ : most_feature_ + 1);
  if (!regression())
    e->classes = static_cast<Index>(std::max(classes_ >= 0 ? classes_ : most_class_ + 1, 1.0));
  grown_.outputs = std::max<Index>(e->classes, 1);
  Status s = Link();
  if (s.ok()) s = CheckParents();
  if (s.ok()) s = AppendLeaves();
  if (s.ok()) s = PackTrees(grown_, {}, work_, &e->state);
  if (s.ok()) s = MakeLabels(e);
  return s.ok() ? CheckEstimator(*e) : s;
}

}  // namespace

Status ReadTreesCsv(std::string_view text, const Work& work, Estimator* e) {
  Reader reader(work);
  const Status s = reader.Read(text);
  return s.ok() ? reader.Make(e) : s;
}

}  // namespace moonlet::ml
