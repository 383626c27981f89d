// engine/base/padding.h - that a type has no padding. What images and files hold as bytes is to be
// the same whoever writes it: padding would bring in what lay in memory by chance.
#pragma once
#include <array>
#include <bit>
#include <cstdint>

namespace moonlet {

// Does not compile where T has padding, for then the cast is no constant: an `unused` member with
// a value belongs in its place. Requires that T{} is a constant.
template <typename T>
inline constexpr bool kHasNoPadding =
    (static_cast<void>(std::bit_cast<std::array<int8_t, sizeof(T)>>(T{})), true);

}  // namespace moonlet
