// bindings/help_search.h - which pages answer a search, best first.
#pragma once
#include <array>
#include <string_view>

#include "bindings/page.h"

namespace moonlet {

// How well a page answers the words of a query: pages that hold more of its words come
// first, then those that hold them in their names. 0: not at all.
int Score(const Page& page, std::string_view query);

// How many letters must be added, dropped or changed to turn one name into the other,
// the shorter of whole name and last name.
int Distance(std::string_view word, const Page& page);

// The best of many, in order; a later one of equal worth comes after. `Best` holds no
// text: L's string on top is kept alive in the table at `anchor`.
template <int kMost>
class Best {
 public:
  void Offer(int worth, const Page& page) {
    if (worth <= 0) return;
    int at = count_;
    while (at > 0 && hits_[static_cast<size_t>(at - 1)].worth < worth) --at;
    if (at == kMost) return;
    count_ = count_ < kMost ? count_ + 1 : kMost;
    for (int i = count_ - 1; i > at; --i)
      hits_[static_cast<size_t>(i)] = hits_[static_cast<size_t>(i - 1)];
    hits_[static_cast<size_t>(at)] = {worth, page};
  }
  int count() const { return count_; }
  int worth(int i) const { return hits_[static_cast<size_t>(i)].worth; }
  const Page& page(int i) const { return hits_[static_cast<size_t>(i)].page; }

 private:
  struct Hit {
    int worth = 0;
    Page page;
  };
  int count_ = 0;
  std::array<Hit, kMost> hits_;
};

}  // namespace moonlet
