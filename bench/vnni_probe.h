// bench/vnni_probe.h - how fast this machine multiplies int8 at the very most: vpdpbusd on
// registers alone, so that kernels can be told as a part of it.
#pragma once

namespace moonlet {

// False: a processor without AVX-512 VNNI, which VnniProbe would not survive.
bool HasVnni();
// Multiply-adds per second of one short run, a few microseconds long. The best of many counts.
double VnniProbe();

}  // namespace moonlet
