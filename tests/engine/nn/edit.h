// tests/engine/nn/edit.h - a change of a `Case`, by a lambda: hundreds of them.
//
// std::function brings a dozen functions for each lambda, which was a quarter of what these tests
// compile. One without captures is a plain pointer first, and all pointers have the same dozen.
#pragma once
#include <functional>
#include <type_traits>

namespace moonlet::testing {

template <typename Case>
class Edit : public std::function<void(Case&)> {
 public:
  template <typename Lambda>
  Edit(const Lambda& lambda) : std::function<void(Case&)>(Plain(lambda)) {}

 private:
  template <typename Lambda>
  static auto Plain(const Lambda& lambda) {
    using Pointer = void (*)(Case&);
    if constexpr (std::is_convertible_v<Lambda, Pointer>)
      return static_cast<Pointer>(lambda);
    else
      return lambda;
  }
};

}  // namespace moonlet::testing
