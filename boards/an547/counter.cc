// The system counter: 64 bits that go on through a reset.
#include "boards/an547/registers.h"
#include "boards/board.h"
#include "boards/cortex_m/clock.h"

void moonlet::cortex_m::StartCounter() { Register(kCounterControl) = 1; }

namespace moonlet::board {

using namespace cortex_m;

uint64_t Microseconds() {
  constexpr uint32_t kTicksPerMicrosecond = 32;
  while (true) {
    const uint32_t high = Register(kCounter + 4);
    const uint32_t low = Register(kCounter);
    if (high != Register(kCounter + 4)) continue;
    return (uint64_t{high} << 32 | low) / kTicksPerMicrosecond;
  }
}

}  // namespace moonlet::board
