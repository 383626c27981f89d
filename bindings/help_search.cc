#include "bindings/help_search.h"

#include <algorithm>

namespace moonlet {
namespace {

constexpr int kPerWord = 1000;  // above every sum of the weights below

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool Holds(std::string_view text, std::string_view word) {
  const auto same = [](char a, char b) { return Lower(a) == Lower(b); };
  return std::search(text.begin(), text.end(), word.begin(), word.end(), same) != text.end();
}

// "tensors" is looked for as "tensor", "filters" as "filter".
std::string_view Stem(std::string_view word) {
  const bool plural = word.size() > 3 && Lower(word.back()) == 's' && !word.ends_with("ss");
  return plural ? word.substr(0, word.size() - 1) : word;
}

int WordScore(const Page& page, std::string_view word) {
  int score = 0;
  if (page.last_name() == word) score += 40;
  if (Holds(page.name(), word)) score += 20;
  if (Holds(page.signature, word) || Holds(page.units, word)) score += 4;
  if (Holds(FirstSentence(page.text), word)) score += 4;
  if (Holds(page.text, word)) score += 2;
  if (Holds(page.example, word)) score += 1;
  return score == 0 ? 0 : kPerWord + score;
}

int Levenshtein(std::string_view a, std::string_view b) {
  constexpr size_t kLongest = 64;
  a = a.substr(0, kLongest);
  std::array<int, kLongest + 1> row;  // distances of a's beginnings to the b seen so far
  for (size_t i = 0; i <= a.size(); ++i) row[i] = static_cast<int>(i);
  for (size_t j = 0; j < b.size(); ++j) {
    int diagonal = row[0];
    row[0] = static_cast<int>(j + 1);
    for (size_t i = 0; i < a.size(); ++i) {
      const int change = diagonal + (Lower(a[i]) == Lower(b[j]) ? 0 : 1);
      diagonal = row[i + 1];
      row[i + 1] = std::min({change, diagonal + 1, row[i] + 1});
    }
  }
  return row[a.size()];
}

}  // namespace

int Score(const Page& page, std::string_view query) {
  int score = 0;
  while (true) {
    query.remove_prefix(std::min(query.find_first_not_of(" \t\n,"), query.size()));
    if (query.empty()) return score;
    const std::string_view word = query.substr(0, query.find_first_of(" \t\n,"));
    query.remove_prefix(word.size());
    score += WordScore(page, Stem(word));
  }
}

int Distance(std::string_view word, const Page& page) {
  return std::min(Levenshtein(word, page.name()), Levenshtein(word, page.last_name()));
}

}  // namespace moonlet
